//! Identity across the seam: tokens that go out, from a credential or from a source in C++ that the
//! core asks; and a verifier of those that come in.

mod credential;
mod verifier;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tombolo::identity::{AccessToken, TokenSource};

pub use self::credential::Credential;
pub use self::verifier::{Claims, Verifier};

use crate::{Handler, RawCall, RawHandler, Result, text};

#[cxx::bridge(namespace = "tombolo::ffi")]
mod ffi {
    extern "C++" {
        include!("tombolo/detail/abi.hpp");
        #[namespace = "tombolo"]
        type RawCall = crate::RawCall;
    }

    extern "Rust" {
        /// `seconds` below 0: it is not known how long the token is good for.
        fn answer_token(call: &RawCall, token: &[u8], seconds: i64) -> bool;
    }
}

/// What a store is opened with: a credential, a token, a function of C++ that gives them, or none
/// of these.
pub(crate) fn source(
    credential: Option<&Credential>,
    token: Option<&[u8]>,
    handler: Option<RawHandler>,
) -> Result<Option<Arc<dyn TokenSource>>> {
    if let Some(credential) = credential {
        return Ok(Some(credential.source()));
    }
    Ok(match (token, handler) {
        (Some(token), _) => Some(Arc::new(AccessToken::new(text("credential", token)?))),
        (None, Some(handler)) => Some(Arc::new(Asked(handler.into_handler()?))),
        (None, None) => None,
    })
}

/// A function of C++, called with the scope in a drain of its queue.
struct Asked(Handler<String, AccessToken>);

impl TokenSource for Asked {
    fn token<'a>(
        &'a self,
        scope: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(self.0.call(scope.to_owned()))
    }
}

fn answer_token(call: &RawCall, token: &[u8], seconds: i64) -> bool {
    let token = match text("token", token) {
        Ok(token) => AccessToken::new(token),
        Err(error) => return call.fail(error),
    };
    call.answer(match u64::try_from(seconds) {
        Ok(seconds) => token.expires_in(Duration::from_secs(seconds)),
        Err(_) => token,
    })
}
