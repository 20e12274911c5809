//! Asks for a token as a service would that was started here: `token <credential> <scope>`, such as
//! `token azure:default https://storage.azure.com/.default`. Says how long it is good for, or why
//! there is none; never the token.

use std::env;
use std::process::ExitCode;

use tombolo::identity::Credential;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, scope] = arguments.as_slice() else {
        eprintln!("usage: token <credential> <scope>");
        return ExitCode::FAILURE;
    };
    let token = match Credential::open(url) {
        Ok(credential) => credential.token(scope).await,
        Err(error) => Err(error),
    };
    match token {
        Ok(token) => {
            println!("a token for {:?}", token.remaining());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
