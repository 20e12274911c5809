//! How the default runtime is made. To be said before the first operation starts, once.

use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use tombolo::{Error, ErrorCode, Result};

use super::abi::{Completion, RawError};
use super::{deadline, guard, text};

#[cxx::bridge(namespace = "tombolo::ffi")]
mod bridge {
    struct RuntimeOptions<'a> {
        workers: usize,
        blocking_threads: usize,
        stack_size: usize,
        thread_name: &'a [u8],
        max_in_flight: usize,
        on_thread_start: *mut Completion,
    }

    extern "C++" {
        include!("tombolo/detail/abi.hpp");
        #[namespace = "tombolo::detail"]
        type RawError = super::RawError;
        #[namespace = "tombolo::detail"]
        type Completion = super::Completion;
    }

    extern "Rust" {
        unsafe fn configure_runtime(options: &RuntimeOptions, error: &mut RawError);
    }
}

/// What C++ wants to run at the start of each thread of ours. It lives as long as the process.
#[derive(Clone, Copy)]
pub(crate) struct ThreadHook(NonNull<Completion>);

// SAFETY: C++ promises that it may be called on any thread, and by several at once.
unsafe impl Send for ThreadHook {}
// SAFETY: as above.
unsafe impl Sync for ThreadHook {}

impl ThreadHook {
    pub(crate) fn run(self) {
        // SAFETY: C++ promises that it lives for ever and may be called again and again.
        unsafe { Completion::call(self.0) };
    }
}

/// See `RuntimeOptions` in `tombolo/runtime.hpp`.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) workers: usize,
    pub(crate) blocking_threads: usize,
    /// 0 for the system's own.
    pub(crate) stack_size: usize,
    pub(crate) thread_name: String,
    pub(crate) on_thread_start: Option<ThreadHook>,
}

/// How many workers there are unless a number is chosen. One in a program of unit tests, so that what is
/// started in an order runs in that order.
const WORKERS: usize = if cfg!(feature = "held-clock") { 1 } else { 2 };

impl Default for Options {
    fn default() -> Self {
        Self {
            workers: WORKERS,
            blocking_threads: 64,
            stack_size: 0,
            thread_name: "tombolo".to_owned(),
            on_thread_start: None,
        }
    }
}

enum Choice {
    Open,
    Made(Options),
    /// The runtime has started, or tried to.
    Taken,
}

static CHOICE: Mutex<Choice> = Mutex::new(Choice::Open);

/// The options of the runtime that starts now. They cannot be chosen any more.
pub(crate) fn take() -> Options {
    let mut choice = CHOICE.lock().unwrap_or_else(PoisonError::into_inner);
    match std::mem::replace(&mut *choice, Choice::Taken) {
        Choice::Made(options) => options,
        Choice::Open | Choice::Taken => Options::default(),
    }
}

fn choose(options: Options, max_in_flight: usize) -> Result<()> {
    let mut choice = CHOICE.lock().unwrap_or_else(PoisonError::into_inner);
    let late = match *choice {
        Choice::Open => None,
        Choice::Made(_) => Some("the runtime was configured before; do it once, in one place"),
        Choice::Taken => Some("the runtime runs already; configure it before the first operation"),
    };
    if let Some(message) = late {
        return Err(Error::new(ErrorCode::FailedPrecondition, message));
    }
    deadline::set_most_in_flight(max_in_flight);
    *choice = Choice::Made(options);
    Ok(())
}

fn within(name: &str, value: usize, least: usize, most: usize) -> Result<usize> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(Error::invalid_argument(name, format!("it is {value}, and must be {least} to {most}")))
}

/// What the kernel keeps of a name is 15 bytes, the number of the thread among them.
const LONGEST_NAME: usize = 15;

fn checked(options: &bridge::RuntimeOptions<'_>) -> Result<Options> {
    let name = text::owned_text("thread_name", options.thread_name)?;
    if !(1..=LONGEST_NAME).contains(&name.len()) {
        let why = format!("its length is {}, and must be 1 to {LONGEST_NAME}", name.len());
        return Err(Error::invalid_argument("thread_name", why));
    }
    if name.contains('\0') {
        return Err(Error::invalid_argument("thread_name", "it has a NUL"));
    }
    if options.stack_size != 0 {
        within("stack_size", options.stack_size, 64 << 10, 1 << 30)?;
    }
    within("max_in_flight", options.max_in_flight, 1, usize::MAX)?;
    Ok(Options {
        workers: within("workers", options.workers, 1, 1024)?,
        blocking_threads: within("blocking_threads", options.blocking_threads, 1, 4096)?,
        stack_size: options.stack_size,
        thread_name: name,
        on_thread_start: NonNull::new(options.on_thread_start).map(ThreadHook),
    })
}

/// # Safety
/// If there is a hook, it lives as long as the process once this has answered without an error, and
/// may be called on any thread.
unsafe fn configure_runtime(options: &bridge::RuntimeOptions<'_>, error: &mut RawError) {
    let configured = guard::entry(|| choose(checked(options)?, options.max_in_flight));
    if let Err(failure) = configured {
        *error = failure.into();
    }
}
