//! The futures behind the test bridge.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tombolo_bridge::{Effect, Error, ErrorCode, Result};

use super::ffi::Pair;
use super::numbers::CODES;

static ALIVE: AtomicU64 = AtomicU64::new(0);

/// Counted while it lives, so that tests see whether futures are dropped.
pub(crate) struct Alive;

impl Alive {
    pub(crate) fn new() -> Self {
        ALIVE.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How many futures of this crate are alive.
pub(crate) fn alive() -> u64 {
    ALIVE.load(Ordering::SeqCst)
}

/// Pending once, and woken from another thread: what a hop to another task is like.
pub(crate) struct Hop {
    asked: bool,
    _alive: Alive,
}

impl Hop {
    pub(crate) fn new() -> Self {
        Self { asked: false, _alive: Alive::new() }
    }
}

impl Future for Hop {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.asked, true) {
            return Poll::Ready(());
        }
        let _ = echo_thread().send(cx.waker().clone());
        Poll::Pending
    }
}

/// A thread that wakes whatever is sent to it.
fn echo_thread() -> &'static Sender<Waker> {
    static THREAD: OnceLock<Sender<Waker>> = OnceLock::new();
    THREAD.get_or_init(|| {
        let (sender, receiver) = channel::<Waker>();
        // With a name, or it would be seen under that of the thread that made it.
        let thread = std::thread::Builder::new().name("echo".to_owned());
        let _ = thread.spawn(move || receiver.into_iter().for_each(Waker::wake));
        sender
    })
}

pub(crate) async fn hop(x: u64) -> Result<u64> {
    Hop::new().await;
    Ok(x + 1)
}

/// A future too large for a slot's storage.
pub(crate) async fn big_hop(x: u64) -> Result<u64> {
    let ballast = [x; 100];
    Hop::new().await;
    Ok(ballast.iter().sum::<u64>() / 100 + 1)
}

pub(crate) async fn never() -> Result<u64> {
    let _alive = Alive::new();
    std::future::pending().await
}

pub(crate) struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic_now::<()>("in drop").ok();
        }
    }
}

#[expect(clippy::panic, reason = "this crate is made to misbehave")]
pub(crate) fn panic_now<T>(place: &str) -> Result<T> {
    panic!("a test panics {place}")
}

/// Blocking work that panics, started where the operation is polled.
pub(crate) async fn panic_in_blocking_work() -> Result<u64> {
    let work = tokio::task::spawn_blocking(|| panic_now::<u64>("in blocking work"));
    work.await.map_err(|_| Error::new(ErrorCode::Internal, "the work did not end"))?
}

/// An error of the code of this number; `unavailable` if there is none.
pub(crate) fn error_of(number: u32) -> Error {
    let cause = std::io::Error::other("the reason");
    let code = CODES.into_iter().find(|code| *code as u32 == number);
    let code = code.unwrap_or(ErrorCode::Unavailable);
    Error::new(code, "as asked")
        .with_attempts(3)
        .with_service_status(404)
        .with_request_id("r-1")
        .with_cause(cause)
}

/// An error whose effect is known to have happened, and which a retry can help.
pub(crate) fn error_after_the_effect() -> Error {
    Error::new(ErrorCode::Aborted, "it was done all the same").with_effect(Effect::Done)
}

/// A static, not a literal: the compiler may keep a literal in several places.
static CONSTANT: [u8; 27] = *b"bytes of the program itself";

/// Bytes that lie where they lie for as long as the process lives.
pub(crate) fn constant_bytes() -> Bytes {
    Bytes::from_static(&CONSTANT)
}

pub(crate) fn pair(number: u64) -> Pair {
    Pair { number, text: format!("number {number}") }
}

/// Whether a panic outside any guard still reaches the hook that the host had set.
pub(crate) fn host_panic_is_heard() -> bool {
    static HEARD: AtomicBool = AtomicBool::new(false);
    std::panic::set_hook(Box::new(|_| HEARD.store(true, Ordering::SeqCst)));
    // The library puts its own hook before this one when it is first used, so use it first here.
    let _ = tombolo_bridge::entry(|| Ok(()));
    let _ = std::thread::spawn(|| panic_now::<()>("outside any guard")).join();
    HEARD.load(Ordering::SeqCst)
}

/// Ends the process: what a recursion without a bound does, of which Rust cannot make a panic.
pub(crate) fn overflow_stack(depth: u64) -> u64 {
    let here = std::hint::black_box([depth; 64]);
    if depth == 0 { 0 } else { here.len() as u64 + overflow_stack(std::hint::black_box(depth - 1)) }
}
