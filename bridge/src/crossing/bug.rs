//! The bugs that can be seeded, each where `seeded` asks for it.

/// A bug that the tests must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// A wake during a poll is forgotten.
    LostWake,
    /// A cancel completes an operation that is being polled.
    TwoRunners,
    /// A completion is for everyone who asks, in place of the first.
    DoubleCompletion,
    /// A reference to a slot is never given back.
    Leak,
    /// A start does not see that its queue is being shut down.
    LateStart,
    /// A completion leaves the table of what is in flight before it stands in its queue's inbox.
    EarlyDisarm,
    /// An operation whose deadline has passed leaves the table before it is answered.
    LostOverdue,
    /// A signal that is made is not counted, and so never read.
    UncountedSignal,
    /// Who waits for a handler's answer is not told that it is there.
    LostAnswer,
    /// A handler that waits for calls is not told that there is one.
    LostCall,
    /// The last hold on a call goes without an answer.
    SilentDrop,
}
