//! A source of tokens, as an option of a store.

use std::fmt;
use std::sync::Arc;

use crate::identity::{AccessToken, TokenSource};
use crate::net::secret::Secret;

/// Where a store gets its tokens. Two are equal if they are the same source.
#[derive(Clone)]
pub(crate) struct Credential {
    pub(super) source: Arc<dyn TokenSource>,
    /// The one token that there is, if it was given by itself.
    pub(super) token: Option<Secret>,
}

impl Credential {
    /// What an application has given.
    pub(crate) fn new(source: Arc<dyn TokenSource>) -> Self {
        Self { source, token: None }
    }

    /// A credential that a store's URL names by one of its own.
    #[cfg(feature = "azure")]
    pub(super) fn open(url: &str) -> crate::Result<Self> {
        #[cfg(feature = "identity")]
        return crate::identity::Credential::open(url).map(|opened| Self::new(Arc::new(opened)));
        #[cfg(not(feature = "identity"))]
        {
            // Not quoted: it may be a token by mistake.
            let _ = url;
            let why = "the parameter \"credential\" needs the block `identity`, which was left out of \
                       this build: name it in CMake's TOMBOLO_BLOCKS, or choose the feature";
            Err(crate::url::bad(why))
        }
    }

    /// A token from a URL.
    pub(super) fn fixed(token: String) -> Self {
        let source = Arc::new(AccessToken::new(token.as_str()));
        Self { source, token: Some(Secret::new(token)) }
    }
}

impl PartialEq for Credential {
    fn eq(&self, other: &Self) -> bool {
        match (&self.token, &other.token) {
            (None, None) => {
                #[cfg(feature = "identity")]
                if let (Some(one), Some(other)) =
                    (self.source.credential(), other.source.credential())
                {
                    return one.is(other);
                }
                Arc::ptr_eq(&self.source, &other.source)
            }
            (one, another) => one == another,
        }
    }
}

impl Eq for Credential {}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[a source of tokens]")
    }
}
