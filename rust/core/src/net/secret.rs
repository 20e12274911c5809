//! Texts that nobody is to see.

use std::fmt;

/// What takes the place of a secret where a text would show it.
const HIDDEN: &str = "[hidden]";

/// A part of a credential. It has no `Display`, and its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for whoever signs with it or sends it. Never for a message.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// `text` without this secret in it: services quote in their errors what they were sent.
    pub(crate) fn hidden_in(&self, text: String) -> String {
        if self.0.is_empty() || !text.contains(&self.0) {
            return text;
        }
        text.replace(&self.0, HIDDEN)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_wherever_it_would_show() {
        let secret = Secret::new("s3cr3t".into());
        assert_eq!(format!("{secret:?}"), "[hidden]");
        assert_eq!(secret.hidden_in("a s3cr3t b".into()), "a [hidden] b");
        assert_eq!(secret.hidden_in("nothing".into()), "nothing");
        assert_eq!(Secret::new(String::new()).hidden_in("a".into()), "a");
    }
}
