//! An object that one operation at a time may use, such as a stream or a writer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tombolo::{Error, ErrorCode, ErrorKind, Result};

/// What becomes of the object when an operation on it is cancelled half-way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCancel {
    /// It can be used again: its operations are safe to drop at any await.
    Keep,
    /// It is closed and dropped: what it did is not known.
    Close,
}

enum State<T> {
    Idle(T),
    Busy,
    Closed,
    Poisoned,
}

/// An object that one operation at a time may use. A panic in one poisons it.
pub struct Exclusive<T> {
    state: Arc<Mutex<State<T>>>,
    on_cancel: OnCancel,
}

impl<T> std::fmt::Debug for Exclusive<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exclusive").finish_non_exhaustive()
    }
}

impl<T> Clone for Exclusive<T> {
    fn clone(&self) -> Self {
        Self { state: Arc::clone(&self.state), on_cancel: self.on_cancel }
    }
}

/// The object in use; dropping it puts the object back, closes it or poisons it.
struct InUse<T> {
    object: Option<T>,
    home: Exclusive<T>,
    finished: bool,
}

impl<T: Send + 'static> Exclusive<T> {
    /// Takes `object` into keeping.
    pub fn new(object: T, on_cancel: OnCancel) -> Self {
        Self { state: Arc::new(Mutex::new(State::Idle(object))), on_cancel }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uses the object for one operation.
    ///
    /// # Errors
    /// `failed_precondition` while another operation uses it or after it was closed; `internal`,
    /// kind `Poisoned`, after a panic; else what `body` answers.
    pub async fn with<R>(&self, body: impl AsyncFnOnce(&mut T) -> Result<R>) -> Result<R> {
        let mut in_use = InUse { object: Some(self.take()?), home: self.clone(), finished: false };
        let Some(object) = in_use.object.as_mut() else { return Err(closed()) };
        let answer = body(object).await;
        in_use.finished = true;
        answer
    }

    /// Drops the object, now or as soon as the operation that uses it lets go.
    pub fn close(&self) {
        let before = std::mem::replace(&mut *self.lock(), State::Closed);
        drop(before);
    }

    fn take(&self) -> Result<T> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Busy) {
            State::Idle(object) => Ok(object),
            State::Busy => {
                let message = "another operation on this object is under way; await it first";
                Err(Error::new(ErrorCode::FailedPrecondition, message))
            }
            State::Closed => {
                *state = State::Closed;
                Err(closed())
            }
            State::Poisoned => {
                *state = State::Poisoned;
                let message = "an operation on this object has panicked; it cannot be used again";
                Err(Error::new(ErrorCode::Internal, message).with_kind(ErrorKind::Poisoned))
            }
        }
    }
}

fn closed() -> Error {
    Error::new(ErrorCode::FailedPrecondition, "this object was closed")
}

impl<T> Drop for InUse<T> {
    fn drop(&mut self) {
        let panicked = std::thread::panicking();
        let reusable = !panicked && (self.finished || self.home.on_cancel == OnCancel::Keep);
        let object = self.object.take();
        let mut state = self.home.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *state, State::Closed);
        match (before, object) {
            (State::Busy, Some(object)) if reusable => *state = State::Idle(object),
            (State::Busy, left) => {
                if panicked {
                    *state = State::Poisoned;
                }
                drop(state);
                drop(left);
            }
            (_, left) => {
                drop(state);
                drop(left);
            }
        }
    }
}
