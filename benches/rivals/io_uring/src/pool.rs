//! By tokio's pool of threads that block, as the folder store reads what is not cached.

use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::Answer;
use crate::file::{Blocks, Cold};

pub(crate) fn read(cold: &Arc<Cold>, blocks: &Blocks, in_flight: usize) -> Answer<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let readers: Vec<_> = (0..in_flight)
            .map(|number| {
                let (cold, offsets) = (cold.clone(), blocks.part(number, in_flight));
                tokio::spawn(one_by_one(cold, offsets, vec![0; blocks.size]))
            })
            .collect();
        for reader in readers {
            reader.await??;
        }
        Ok(())
    })
}

async fn one_by_one(cold: Arc<Cold>, offsets: Vec<u64>, mut buffer: Vec<u8>) -> Answer<()> {
    for offset in offsets {
        let cold = cold.clone();
        let work = move || cold.file.read_exact_at(&mut buffer, offset).map(|()| buffer);
        buffer = tokio::task::spawn_blocking(work).await??;
        Cold::check(offset, &buffer)?;
    }
    Ok(())
}
