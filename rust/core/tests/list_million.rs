//! A listing of a million keys: the steps it takes, and the memory.
//!
//! The steps are counted and the memory is the kernel's figure for the whole process, so this is one
//! test, alone in its program.
#![allow(clippy::unwrap_used, reason = "the helpers of a test are test code, too")]

mod folder_support;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use folder_support::*;
use rustix::io::Errno;
use tombolo::blob::folder::internals::{Features, Hook, Step};
use tombolo::blob::memory::{self, MemoryOptions};
use tombolo::blob::{Backend, ListOptions};

const KEYS: usize = 1_000_000;
const MIB: usize = 1 << 20;

/// How often a folder was read and an object opened, and anything else done.
#[derive(Default)]
struct Counts {
    read_folder: AtomicUsize,
    open: AtomicUsize,
    other: AtomicUsize,
}

impl Counts {
    fn take(&self) -> (usize, usize, usize) {
        let take = |count: &AtomicUsize| count.swap(0, Ordering::Relaxed);
        (take(&self.read_folder), take(&self.open), take(&self.other))
    }
}

impl Hook for Counts {
    fn before(&self, step: Step, _name: &str) -> Result<(), Errno> {
        let count = match step {
            Step::ReadFolder => &self.read_folder,
            Step::Open => &self.open,
            _ => &self.other,
        };
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// The most memory that the process has had resident since the last call of [`forget_peak`].
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

/// Peak is from now on what is resident now. See "clear_refs" in proc(5).
fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// Makes `folders` folders with a million objects in all. They are links to a few files, since that
/// is faster; a file takes 65,000 of them at most (ext4).
fn fill(place: &Place, folders: usize) {
    let source = |i: usize| place.join(&format!(".tombolo/source-{}", i / 50_000));
    for i in 0..KEYS {
        if i % 50_000 == 0 {
            fs::write(source(i), "").unwrap();
        }
        let folder = place.join(&format!("{:06}", i % folders));
        if i < folders {
            fs::create_dir(&folder).unwrap();
        }
        fs::hard_link(source(i), folder.join(format!("{i:08}"))).unwrap();
    }
}

/// Lists everything page by page; answers how much memory that took beside what was there before.
async fn list_all(store: &Arc<dyn Backend>) -> usize {
    forget_peak();
    let before = peak();
    let mut lister = store.list(ListOptions { page_size: 1000, ..ListOptions::default() });
    let (mut found, mut last) = (0, String::new());
    while let Some(page) = lister.next_page().await.unwrap() {
        for object in page.objects {
            assert!(object.key > last, "{} after {last}", object.key);
            last = object.key;
            found += 1;
        }
    }
    assert_eq!(found, KEYS);
    peak() - before
}

#[tokio::test]
async fn a_listing_of_a_million_keys_takes_steps_in_proportion_and_memory_for_one_folder() {
    let folders_of_a_thousand = KEYS / 1000;
    for (folders, most) in [(folders_of_a_thousand, 8 * MIB), (1, 128 * MIB)] {
        let place = Place::new();
        let counts = Arc::new(Counts::default());
        let store = place.open_as(QUICK, Features::ALL, Some(counts.clone()));
        fill(&place, folders);
        counts.take();
        let memory = list_all(&store).await;
        println!("{folders} folders: {} bytes a key of the largest", memory / (KEYS / folders));
        assert_eq!(counts.take(), (folders + 1, KEYS, 0), "{folders} folders");
        assert!(memory < most, "{folders} folders: {memory} bytes");
    }

    let store = memory::open("", MemoryOptions::default()).unwrap();
    for i in 0..KEYS {
        put(&store, &format!("{:06}/{i:08}", i % folders_of_a_thousand), "").await;
    }
    let memory = list_all(&store).await;
    println!("in memory: {memory} bytes");
    assert!(memory < 8 * MIB, "in memory: {memory} bytes");
}
