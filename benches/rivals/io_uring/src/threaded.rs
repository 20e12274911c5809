//! By io_uring on a thread of its own, which submits what it is asked for and waits for completions: no
//! thread of the host's has to do with the ring. So the kernel finishes no read on one of them, where
//! it would interrupt whatever that thread waits for, and cancels none when one of them ends.

use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use io_uring::{IoUring, opcode, squeue, types};
use rustix::event::{EventfdFlags, eventfd};
use tokio::sync::oneshot;

use crate::Answer;
use crate::file::{Blocks, Cold};

const ENTRIES: u32 = 128;
/// The number of the read of the bell.
const BELL: u64 = u64::MAX;

/// What the ring's thread is asked for.
struct Inbox {
    /// `None`: it is to end.
    asked: Mutex<Vec<Option<Read>>>,
    /// Rung when the first is put in.
    bell: OwnedFd,
}

struct Read {
    file: RawFd,
    offset: u64,
    buffer: Vec<u8>,
    done: oneshot::Sender<(Vec<u8>, i32)>,
}

impl Inbox {
    fn ask(&self, read: Option<Read>) -> Answer<()> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(read);
        let first = asked.len() == 1;
        drop(asked);
        if first {
            rustix::io::write(self.bell.as_fd(), &1u64.to_ne_bytes())?;
        }
        Ok(())
    }
}

/// Does what is asked until it is to end. The buffers that the kernel writes into are leaked on an error.
fn serve(inbox: &Inbox) -> Answer<()> {
    let mut ring = IoUring::new(ENTRIES)?;
    let mut under_way: Vec<Option<Read>> = Vec::new();
    let mut free: Vec<usize> = Vec::new();
    let mut rung = Box::new([0; 8]);
    let answer = (|| {
        let listen = opcode::Read::new(types::Fd(inbox.bell.as_raw_fd()), rung.as_mut_ptr(), 8);
        let listen = listen.build().user_data(BELL);
        push(&mut ring, &listen)?;
        loop {
            ring.submit_and_wait(1)?;
            let completed: Vec<_> =
                ring.completion().map(|entry| (entry.user_data(), entry.result())).collect();
            for (number, result) in completed {
                if number != BELL {
                    let place = usize::try_from(number)?;
                    let read = under_way[place].take().ok_or("a completion of no read")?;
                    free.push(place);
                    let _ = read.done.send((read.buffer, result));
                    continue;
                }
                let asked = &mut *inbox.asked.lock().unwrap_or_else(PoisonError::into_inner);
                for read in std::mem::take(asked) {
                    let Some(mut read) = read else { return Answer::Ok(()) };
                    let place = free.pop().unwrap_or(under_way.len());
                    let (to, length) =
                        (read.buffer.as_mut_ptr(), u32::try_from(read.buffer.len())?);
                    let entry = opcode::Read::new(types::Fd(read.file), to, length);
                    let entry = entry.offset(read.offset).build().user_data(place as u64);
                    if place == under_way.len() {
                        under_way.push(None);
                    }
                    under_way[place] = Some(read);
                    push(&mut ring, &entry)?;
                }
                push(&mut ring, &listen)?;
            }
        }
    })();
    if answer.is_err() {
        std::mem::forget((under_way, rung));
    }
    answer
}

fn push(ring: &mut IoUring, entry: &squeue::Entry) -> Answer<()> {
    // SAFETY: What the entry points to is a `Read`'s buffer in `under_way`, which stays there until its
    // completion was taken, or `rung`; both are leaked if that is not waited for. The file is open
    // until all answers are there.
    unsafe { ring.submission().push(entry) }?;
    Ok(())
}

pub(crate) fn read(cold: &Arc<Cold>, blocks: &Blocks, in_flight: usize) -> Answer<()> {
    let bell = eventfd(0, EventfdFlags::CLOEXEC)?;
    let inbox = Arc::new(Inbox { asked: Mutex::default(), bell });
    let served = inbox.clone();
    let thread = thread::spawn(move || serve(&served));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let readers: Vec<_> = (0..in_flight)
            .map(|number| {
                let (cold, offsets) = (cold.clone(), blocks.part(number, in_flight));
                tokio::spawn(one_by_one(inbox.clone(), cold, offsets, vec![0; blocks.size]))
            })
            .collect();
        for reader in readers {
            reader.await??;
        }
        Answer::Ok(())
    })?;
    inbox.ask(None)?;
    thread.join().map_err(|_| "the ring's thread has panicked")?
}

async fn one_by_one(
    inbox: Arc<Inbox>,
    cold: Arc<Cold>,
    offsets: Vec<u64>,
    mut buffer: Vec<u8>,
) -> Answer<()> {
    for offset in offsets {
        let (size, file) = (buffer.len(), cold.file.as_raw_fd());
        let (done, answer) = oneshot::channel();
        inbox.ask(Some(Read { file, offset, buffer, done }))?;
        let (filled, answer) = answer.await?;
        if usize::try_from(answer) != Ok(size) {
            return Err(format!("the kernel answers {answer} at {offset}").into());
        }
        Cold::check(offset, &filled)?;
        buffer = filled;
    }
    Ok(())
}
