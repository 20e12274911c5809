//! An operation of the library, as a service uses it: started, awaited, cancelled, given up.

use std::ptr::NonNull;
use std::sync::Arc;

use tombolo::Placement;

use crate::consumers::call;
use crate::crossing::operation::{self as library, Spec};
use crate::crossing::queue::Queue;
use crate::crossing::slot::Alone;
use crate::crossing::wanted::Wanted;
use crate::crossing::{Completion, Ticket, wait, waker};
use crate::future::{Future, Signs};
use crate::threads::Threads;

pub(crate) struct Operation {
    ticket: Ticket,
    pub(crate) signs: Arc<Signs>,
    completion: Arc<Completion>,
}

impl Operation {
    /// An operation that needs so many signs, which `givers` give from its first poll on.
    pub(crate) fn new(
        placement: Placement,
        needs: usize,
        givers: Option<(Threads, usize)>,
    ) -> Self {
        let signs = Signs::new();
        let future = Future { signs: Arc::clone(&signs), needs, givers, polled: false };
        let spec = Spec::read("models", "wait").on(placement).without_runtime();
        let ticket = library::op(spec, || Ok(future));
        Self { ticket, signs, completion: Arc::default() }
    }

    /// Runs `body` on another thread with a ticket of its own.
    pub(crate) fn elsewhere(&self, threads: &Threads, body: impl FnOnce(&Self) + 'static) {
        let shared = Self {
            ticket: self.ticket.share(),
            signs: Arc::clone(&self.signs),
            completion: Arc::clone(&self.completion),
        };
        threads.spawn(move || body(&shared));
    }

    fn completion(&self) -> *mut Completion {
        Arc::as_ptr(&self.completion).cast_mut()
    }

    /// A waker of it is called.
    pub(crate) fn wake(&self) {
        waker::borrowed(&self.ticket.slot()).wake_by_ref();
    }

    pub(crate) fn cancel(&self) {
        library::cancel(&self.ticket.slot());
    }

    /// Lets the deadline pass at the start.
    pub(crate) fn expire_at_once(&self) {
        library::set_timeout(&self.ticket.slot(), 0);
    }

    /// Starts it on `queue`. True if its completion will come through the queue.
    pub(crate) fn start(&self, queue: &Queue) -> bool {
        library::start(&self.ticket.slot(), queue, self.completion())
    }

    /// The same, of an operation whose value is taken where it is ready at once: then there is nothing
    /// left of it.
    pub(crate) fn start_into(self, queue: &Queue) -> Option<(Self, bool)> {
        // SAFETY: the ticket is forgotten where the value was given.
        let alone = unsafe { library::start_plainly(&self.ticket.slot(), queue, Wanted::ANY) };
        if let Alone::Given = alone {
            std::mem::forget(self.ticket);
            return None;
        }
        let started = library::start_after(alone, &self.ticket.slot(), queue, self.completion());
        Some((self, started))
    }

    /// The same with a completion that comes through the queue in any case.
    pub(crate) fn start_and_deliver(&self, queue: &Queue) -> bool {
        let started = self.start(queue);
        if !started {
            assert!(library::deliver(&self.ticket.slot(), queue));
        }
        started
    }

    /// Gives it up: its completion is called here, or was called where it finished.
    pub(crate) fn abandon(&self) {
        if let Some(completion) = NonNull::new(library::abandon(&self.ticket.slot())) {
            call(completion);
        }
    }

    /// Starts it on the worker, whose completion is called right there.
    pub(crate) fn start_direct(&self) {
        let started = library::start_direct(&self.ticket.slot(), self.completion());
        assert!(started, "a worker does not answer at once");
    }

    /// Starts it and blocks until it is done.
    pub(crate) fn start_and_wait(&self) {
        wait::wait(&self.ticket.slot());
        assert!(self.is_done(), "awaited in vain");
    }

    pub(crate) fn is_done(&self) -> bool {
        self.ticket.slot().is_done()
    }

    /// Takes the outcome, as the holder of the ticket does once the completion was called. That may
    /// be before the worker has let go, when the queue is destroyed.
    pub(crate) fn take(&self) {
        let slot = self.ticket.slot();
        let value = 0;
        if slot.outcome() as u32 == value {
            assert!(slot.take::<()>().is_some(), "the value is gone");
        }
    }

    pub(crate) fn was_called(&self) -> bool {
        self.completion.was_called()
    }
}
