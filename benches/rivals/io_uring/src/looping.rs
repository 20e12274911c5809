//! By io_uring in a loop that submits, waits and does nothing else: what it can give at the best.

use std::os::fd::AsRawFd;
use std::sync::Arc;

use io_uring::{IoUring, opcode, types};

use crate::Answer;
use crate::file::{Blocks, Cold};

const ENTRIES: u32 = 128;

pub(crate) fn read(cold: &Arc<Cold>, blocks: &Blocks, in_flight: usize) -> Answer<()> {
    let mut buffers = vec![vec![0; blocks.size]; in_flight];
    let answer = read_into(&mut buffers, cold, blocks);
    if answer.is_err() {
        // What was under way may still be written: the end of a ring does not wait for that.
        std::mem::forget(buffers);
    }
    answer
}

/// After an error the kernel may still write to the buffers.
fn read_into(buffers: &mut [Vec<u8>], cold: &Cold, blocks: &Blocks) -> Answer<()> {
    let (file, in_flight) = (types::Fd(cold.file.as_raw_fd()), buffers.len());
    let mut offsets = vec![0; in_flight];
    let mut rest = blocks.offsets.iter().copied();
    let mut free: Vec<usize> = (0..in_flight).collect();
    let mut ring = IoUring::new(ENTRIES)?;
    let mut under_way = 0;
    loop {
        while let Some(place) = free.pop() {
            let Some(offset) = rest.next() else { break };
            let (to, length) = (buffers[place].as_mut_ptr(), u32::try_from(blocks.size)?);
            let entry = opcode::Read::new(file, to, length).offset(offset).build();
            offsets[place] = offset;
            // SAFETY: The buffer is not touched until its completion has come. Its memory stays where it
            // is until then: `buffers` is not changed, and whoever owns it frees it only after all
            // completions have come. The file is open for as long.
            unsafe { ring.submission().push(&entry.user_data(place as u64)) }?;
            under_way += 1;
        }
        if under_way == 0 {
            return Ok(());
        }
        ring.submit_and_wait(1)?;
        for entry in ring.completion() {
            let place = usize::try_from(entry.user_data())?;
            if usize::try_from(entry.result()) != Ok(blocks.size) {
                return Err(format!("the kernel answers {}", entry.result()).into());
            }
            Cold::check(offsets[place], &buffers[place])?;
            free.push(place);
            under_way -= 1;
        }
    }
}
