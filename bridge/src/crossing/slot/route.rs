//! Where an operation goes: to be polled, and when it is done.

use std::sync::Arc;

use crate::crossing::port::Port;

/// Where an operation is polled and where its completion goes.
pub(crate) enum Route {
    /// Both to one inbox.
    Here(Arc<Port>),
    /// Elsewhere than where it is polled.
    There {
        /// Whose inbox it enters when it is woken.
        home: Arc<Port>,
        /// Whose inbox its completion enters; `None`: it is called where the operation finishes.
        sink: Option<Arc<Port>>,
    },
}

impl Route {
    pub(super) fn home(&self) -> &Port {
        match self {
            Self::Here(home) | Self::There { home, .. } => home,
        }
    }

    pub(super) fn sink(&self) -> Option<&Arc<Port>> {
        match self {
            Self::Here(sink) => Some(sink),
            Self::There { sink, .. } => sink.as_ref(),
        }
    }
}
