//! Tokens of who is logged in with the Azure CLI, for which a script stands.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use tombolo::identity::{AccessToken, Credential};
use tombolo::{Error, ErrorCode};
use tombolo_testkit::servers::FakeCli;

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

const SCOPE: &str = "https://storage.azure.com/.default";

async fn token(url: &str) -> Result<AccessToken, Error> {
    Credential::open(url)?.token(SCOPE).await
}

async fn refused(url: &str) -> Checked<Error> {
    token(url).await.err().ok_or_else(|| format!("{url} has given a token").into())
}

/// Everything that an error shows.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        let _ = write!(text, " {error} {error:?}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn the_cli_is_called_as_its_page_says() -> Checked {
    let until =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() + 1800;
    let az = FakeCli::new(&format!(
        "printf '%s\\n' \"$@\" >arguments\necho 'WARNING: something' >&2\n\
         echo '{{\"accessToken\": \"of-the-cli\", \"expiresOn\": \"2026-01-01 00:00:00.000000\", \
         \"expires_on\": {until}, \"tenant\": \"t\", \"tokenType\": \"Bearer\"}}'"
    ))?;
    let token =
        token(&format!("azure:cli?program={}&tenant_id=t-1", az.program().display())).await?;
    assert_eq!(token.expose(), "of-the-cli");
    let rest = token.remaining().ok_or("it is not known")?;
    assert!((Duration::from_secs(1740)..=Duration::from_secs(1800)).contains(&rest), "{rest:?}");
    let arguments = fs::read_to_string(az.file("arguments"))?;
    let lines: Vec<_> = arguments.lines().collect();
    let expected =
        ["account", "get-access-token", "--output", "json", "--scope", SCOPE, "--tenant", "t-1"];
    assert_eq!(lines, expected);
    Ok(())
}

#[tokio::test]
async fn what_the_cli_says_is_not_passed_on() -> Checked {
    let missing = refused("azure:cli?program=/none/az").await?;
    assert_eq!(missing.message(), "cli: there is no program \"/none/az\"");
    for (script, said) in [
        (
            "echo 'ERROR: AADSTS50173: s3cr3t. To re-authenticate, run: az login' >&2; exit 1",
            "cli: nobody is logged in (AADSTS50173): run `az login`",
        ),
        ("echo s3cr3t; exit 3", "cli: the Azure CLI has given no token; it has ended with 3"),
        ("kill -9 $$", "cli: the Azure CLI has given no token; it has ended with a signal"),
        (
            "echo '{\"accessToken\": \"s3cr3t\", \"expires_on\": 1000}'",
            "cli: the Azure CLI has given a token that has expired",
        ),
        (
            "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2; exit 4",
            "cli: the Azure CLI has given no token; it has ended with 4",
        ),
    ] {
        let az = FakeCli::new(script)?;
        let error = refused(&format!("azure:cli?program={}", az.program().display())).await?;
        assert_eq!((error.message(), error.code()), (said, ErrorCode::Unauthenticated), "{script}");
        assert!(!shown(&error).contains("s3cr3t"), "{error:?}");
    }
    Ok(())
}

fn runs(process: &str) -> bool {
    // One that has ended and that nobody has waited for is listed, too.
    let status = fs::read_to_string(Path::new("/proc").join(process).join("stat"));
    status.is_ok_and(|status| !status.contains(") Z "))
}

#[tokio::test]
async fn a_cli_that_nobody_waits_for_any_more_is_ended_with_all_that_it_has_started() -> Checked {
    let az = FakeCli::new("sleep 600 &\necho $! >child.new; mv child.new child; wait")?;
    let url = format!("azure:cli?program={}", az.program().display());
    let asking = tokio::spawn(async move { token(&url).await });
    let child = az.file("child");
    while !child.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let child = fs::read_to_string(child)?.trim().to_owned();
    assert!(runs(&child));
    asking.abort();
    assert!(asking.await.is_err());
    while runs(&child) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
