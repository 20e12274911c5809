//! What an operation hops to: a task that answers each request, as the owner of a connection would.

use tokio::sync::{mpsc, oneshot};
use tombolo_bridge::{Error, ErrorCode, Result};

/// A way to ask an actor.
#[derive(Clone)]
pub(crate) struct Actor(mpsc::UnboundedSender<Request>);

struct Request {
    x: u64,
    answer: oneshot::Sender<u64>,
}

impl Actor {
    /// Starts an actor on the runtime in context. It ends with the last way to ask it.
    pub(crate) fn start() -> Self {
        let (sender, mut requests) = mpsc::unbounded_channel::<Request>();
        tokio::spawn(async move {
            while let Some(request) = requests.recv().await {
                let _ = request.answer.send(request.x + 1);
            }
        });
        Self(sender)
    }

    /// One round trip.
    pub(crate) async fn ask(&self, x: u64) -> Result<u64> {
        let gone = || Error::new(ErrorCode::Internal, "the actor is gone");
        let (answer, answered) = oneshot::channel();
        self.0.send(Request { x, answer }).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }
}
