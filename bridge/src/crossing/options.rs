//! How runtimes are made. Of the default one, to be said before its first operation starts, once.

use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tombolo::{Error, ErrorCode, Result};

use super::abi::{Completion, RawError, RawRuntime};
use super::operation::quietly;
use super::patience::BUSY_POLL;
use super::runtime::Runtime;
use super::{guard, load, name, text};

#[cxx::bridge(namespace = "tombolo::ffi")]
mod bridge {
    struct RuntimeOptions<'a> {
        workers: usize,
        blocking_threads: usize,
        stack_size: usize,
        thread_name: &'a [u8],
        max_in_flight: usize,
        teardown_ns: i64,
        busy_poll_ns: i64,
        on_thread_start: *mut Completion,
        on_last_thread_gone: *mut Completion,
    }

    extern "C++" {
        include!("tombolo/detail/abi.hpp");
        #[namespace = "tombolo::detail"]
        type RawError = super::RawError;
        #[namespace = "tombolo::detail"]
        type Completion = super::Completion;
        #[namespace = "tombolo"]
        type RawRuntime = super::RawRuntime;
    }

    extern "Rust" {
        unsafe fn configure_runtime(options: &RuntimeOptions, error: &mut RawError);
        unsafe fn runtime_create(options: &RuntimeOptions, error: &mut RawError) -> RawRuntime;
        fn runtime_share(runtime: &RawRuntime) -> RawRuntime;
        fn runtime_drop(runtime: RawRuntime);
        fn runtime_shut_down(runtime: &RawRuntime);
        fn runtime_in_flight(runtime: &RawRuntime) -> usize;
    }
}

/// What C++ wants to run at the start of each thread of ours, until the last of them has gone.
#[derive(Clone)]
pub(crate) struct ThreadHook(Arc<Hook>);

struct Hook {
    start: NonNull<Completion>,
    gone: NonNull<Completion>,
}

// SAFETY: C++ promises that it may be called on any thread, and by several at once.
unsafe impl Send for Hook {}
// SAFETY: as above.
unsafe impl Sync for Hook {}

impl ThreadHook {
    /// # Safety
    /// What is not null may be called on any thread: `start` again and again, then `gone` once.
    unsafe fn new(start: *mut Completion, gone: *mut Completion) -> Option<Self> {
        let (start, gone) = (NonNull::new(start)?, NonNull::new(gone)?);
        Some(Self(Arc::new(Hook { start, gone })))
    }

    pub(crate) fn run(&self) {
        // SAFETY: the promise of `new`; it is not gone.
        unsafe { Completion::call(self.0.start) };
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        // SAFETY: the promise of `new`; nobody is left who could run it.
        unsafe { Completion::call(self.gone) };
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
    pub(crate) max_in_flight: usize,
    pub(crate) teardown: Duration,
    pub(crate) busy_poll: Duration,
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
            max_in_flight: load::MOST_IN_FLIGHT,
            teardown: Duration::ZERO, // it never ends
            busy_poll: BUSY_POLL,
            on_thread_start: None,
        }
    }
}

/// How the default runtime is made.
struct Choice {
    options: Option<Options>,
    /// It runs, or is about to.
    taken: bool,
}

static CHOICE: Mutex<Choice> = Mutex::new(Choice { options: None, taken: false });

fn choice() -> MutexGuard<'static, Choice> {
    CHOICE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The options of the default runtime, which starts now. They cannot be chosen any more.
pub(crate) fn take() -> Options {
    choice().taken = true;
    of_default()
}

/// It has not started; they can be chosen, unless they were.
pub(crate) fn give_back() {
    choice().taken = false;
}

/// The options of the default runtime, as they are chosen so far.
pub(crate) fn of_default() -> Options {
    choice().options.clone().unwrap_or_default()
}

fn choose(options: Options) -> Result<()> {
    let mut choice = choice();
    let late = match *choice {
        Choice { taken: true, .. } => {
            Some("the runtime runs already; configure it before the first operation")
        }
        Choice { options: Some(_), .. } => {
            Some("the runtime was configured before; do it once, in one place")
        }
        Choice { options: None, .. } => None,
    };
    if let Some(message) = late {
        return Err(Error::new(ErrorCode::FailedPrecondition, message));
    }
    load::DEFAULT.set_most(options.max_in_flight);
    choice.options = Some(options);
    Ok(())
}

fn within(name: &str, value: usize, least: usize, most: usize) -> Result<usize> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(Error::invalid_argument(name, format!("it is {value}, and must be {least} to {most}")))
}

/// # Safety
/// As [`ThreadHook::new`] for its hook, which is gone when this answers with an error.
unsafe fn checked(options: &bridge::RuntimeOptions<'_>) -> Result<Options> {
    // SAFETY: the caller's promise. First of all, so that it is gone after an error.
    let hook = unsafe { ThreadHook::new(options.on_thread_start, options.on_last_thread_gone) };
    let text = text::owned_text("thread_name", options.thread_name)?;
    if !(1..=name::LONGEST).contains(&text.len()) {
        let why = format!("its length is {}, and must be 1 to {}", text.len(), name::LONGEST);
        return Err(Error::invalid_argument("thread_name", why));
    }
    if text.contains('\0') {
        return Err(Error::invalid_argument("thread_name", "it has a NUL"));
    }
    if options.stack_size != 0 {
        within("stack_size", options.stack_size, 64 << 10, 1 << 30)?;
    }
    Ok(Options {
        workers: within("workers", options.workers, 1, 1024)?,
        blocking_threads: within("blocking_threads", options.blocking_threads, 1, 4096)?,
        stack_size: options.stack_size,
        thread_name: text,
        max_in_flight: within("max_in_flight", options.max_in_flight, 1, usize::MAX)?,
        teardown: up_to("teardown", options.teardown_ns, LONGEST_TEARDOWN)?,
        busy_poll: up_to("busy_poll", options.busy_poll_ns, LONGEST_BUSY_POLL)?,
        on_thread_start: hook,
    })
}

const LONGEST_TEARDOWN: Duration = Duration::from_secs(60);
const LONGEST_BUSY_POLL: Duration = Duration::from_millis(1);

fn up_to(name: &str, nanoseconds: i64, most: Duration) -> Result<Duration> {
    let given = u64::try_from(nanoseconds).map(Duration::from_nanos);
    given.ok().filter(|given| *given <= most).ok_or_else(|| {
        let why = format!("it is {nanoseconds} ns, and must be 0 to {most:?}");
        Error::invalid_argument(name, why)
    })
}

/// The checked name of the threads: for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(super) fn thread_name(
    numbers: [usize; 4],
    teardown_ns: i64,
    thread_name: &[u8],
) -> Result<String> {
    let [workers, blocking_threads, stack_size, max_in_flight] = numbers;
    let none = std::ptr::null_mut();
    let options = bridge::RuntimeOptions {
        workers,
        blocking_threads,
        stack_size,
        thread_name,
        max_in_flight,
        teardown_ns,
        busy_poll_ns: 0,
        on_thread_start: none,
        on_last_thread_gone: none,
    };
    // SAFETY: there is no hook.
    unsafe { checked(&options) }.map(|options| options.thread_name)
}

/// # Safety
/// As [`checked`].
unsafe fn configure_runtime(options: &bridge::RuntimeOptions<'_>, error: &mut RawError) {
    // SAFETY: handed on from the caller.
    let configured = guard::entry(|| choose(unsafe { checked(options) }?));
    if let Err(failure) = configured {
        *error = failure.into();
    }
}

/// # Safety
/// As [`checked`].
unsafe fn runtime_create(options: &bridge::RuntimeOptions<'_>, error: &mut RawError) -> RawRuntime {
    // SAFETY: handed on from the caller.
    let created = guard::entry(|| Runtime::create(&unsafe { checked(options) }?));
    created.map(RawRuntime::from).unwrap_or_else(|failure| {
        *error = failure.into();
        Runtime::DEFAULT.into()
    })
}

fn runtime_share(runtime: &RawRuntime) -> RawRuntime {
    runtime.share().into()
}

fn runtime_drop(runtime: RawRuntime) {
    drop(runtime);
}

fn runtime_shut_down(runtime: &RawRuntime) {
    quietly((), || runtime.share().shut_down());
}

fn runtime_in_flight(runtime: &RawRuntime) -> usize {
    runtime.share().load().in_flight()
}
