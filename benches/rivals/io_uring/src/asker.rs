//! By io_uring, submitted by whoever polls the future; a thread of the ring's own waits for completions
//! and wakes the tasks.

use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use io_uring::{EnterFlags, IoUring, opcode, types};
use tokio::sync::oneshot;

use crate::Answer;
use crate::file::{Blocks, Cold};

const ENTRIES: u32 = 128;
/// The number of no read: the ring's thread ends.
const END: u64 = u64::MAX;

/// A ring, and the buffers that the kernel writes into.
///
/// # Invariants
/// A buffer is in `under_way` from before its read is submitted until its completion was taken. The
/// submission queue is touched with the lock of `under_way` only, the completion queue by the ring's
/// thread only.
struct Ring {
    ring: IoUring,
    under_way: Mutex<UnderWay>,
}

#[derive(Default)]
struct UnderWay {
    reads: Vec<Option<Read>>,
    free: Vec<usize>,
}

struct Read {
    buffer: Vec<u8>,
    done: oneshot::Sender<(Vec<u8>, i32)>,
}

impl Ring {
    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to fill all of `buffer`, which comes back with what the kernel answers.
    fn read(
        &self,
        file: RawFd,
        offset: u64,
        mut buffer: Vec<u8>,
    ) -> Answer<oneshot::Receiver<(Vec<u8>, i32)>> {
        let (done, answer) = oneshot::channel();
        let mut under_way = self.lock();
        let length = u32::try_from(buffer.len())?;
        let entry = opcode::Read::new(types::Fd(file), buffer.as_mut_ptr(), length).offset(offset);
        let place = match under_way.free.pop() {
            Some(place) => place,
            None => {
                under_way.reads.push(None);
                under_way.reads.len() - 1
            }
        };
        under_way.reads[place] = Some(Read { buffer, done });
        self.submit(&under_way, &entry.build().user_data(place as u64))?;
        Ok(answer)
    }

    fn submit(
        &self,
        _locked: &MutexGuard<'_, UnderWay>,
        entry: &io_uring::squeue::Entry,
    ) -> Answer<()> {
        // SAFETY: With the lock held there is no other `SubmissionQueue`. The entry's buffer, if it has
        // one, is in `under_way` until its completion (see the invariants): its memory stays where it
        // is while the `Vec` moves. The file is open until `read` below has its answers.
        unsafe { self.ring.submission_shared().push(entry) }?;
        self.ring.submit()?;
        Ok(())
    }

    /// Wakes who waits, until [`END`] is completed.
    fn complete(&self) -> Answer<()> {
        loop {
            // SAFETY: No argument is passed that the kernel would read.
            unsafe { self.ring.submitter().enter::<()>(0, 1, EnterFlags::GETEVENTS.bits(), None) }?;
            // SAFETY: This thread alone makes a `CompletionQueue`.
            for entry in unsafe { self.ring.completion_shared() } {
                if entry.user_data() == END {
                    return Ok(());
                }
                let place = usize::try_from(entry.user_data())?;
                let mut under_way = self.lock();
                let read = under_way.reads[place].take().ok_or("a completion of no read")?;
                under_way.free.push(place);
                drop(under_way);
                // Nobody waits only where another read has failed.
                let _ = read.done.send((read.buffer, entry.result()));
            }
        }
    }
}

pub(crate) fn read(cold: &Arc<Cold>, blocks: &Blocks, in_flight: usize) -> Answer<()> {
    let ring = Arc::new(Ring { ring: IoUring::new(ENTRIES)?, under_way: Mutex::default() });
    let completing = ring.clone();
    let thread = thread::spawn(move || completing.complete());
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let readers: Vec<_> = (0..in_flight)
            .map(|number| {
                let (cold, offsets) = (cold.clone(), blocks.part(number, in_flight));
                tokio::spawn(one_by_one(ring.clone(), cold, offsets, vec![0; blocks.size]))
            })
            .collect();
        for reader in readers {
            reader.await??;
        }
        Answer::Ok(())
    })?;
    ring.submit(&ring.lock(), &opcode::Nop::new().build().user_data(END))?;
    thread.join().map_err(|_| "the ring's thread has panicked")?
}

async fn one_by_one(
    ring: Arc<Ring>,
    cold: Arc<Cold>,
    offsets: Vec<u64>,
    mut buffer: Vec<u8>,
) -> Answer<()> {
    for offset in offsets {
        let size = buffer.len();
        let read = ring.read(cold.file.as_raw_fd(), offset, buffer)?;
        let (filled, answer) = read.await?;
        if usize::try_from(answer) != Ok(size) {
            return Err(format!("the kernel answers {answer} at {offset}").into());
        }
        Cold::check(offset, &filled)?;
        buffer = filled;
    }
    Ok(())
}
