//! Any operations, one after the other, on the store in memory and on that in a folder: both must
//! answer what a map would, but for the keys that a folder may refuse.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombolo::blob::BlobStore;
use tombolo_fuzz::folder::Folder;
use tombolo_fuzz::step::{Step, Tried};

fuzz_target!(|steps: Vec<Step<'_>>| {
    let folder = Folder::new();
    let mut memory = Tried::new(BlobStore::open("mem:").expect("a store"));
    let mut files = Tried::new(folder.open().expect("a store"));
    for step in steps {
        memory.step(&step);
        files.step(&step);
    }
});
