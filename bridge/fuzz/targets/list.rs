//! Listings of a few objects: prefixes, delimiters, starts and pages, in memory and in a folder.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tombolo::blob::BlobStore;
use tombolo_fuzz::folder::Folder;
use tombolo_fuzz::input::{AnyKey, Described};
use tombolo_fuzz::step::{Listing, Step, Tag, Tried};

#[derive(Arbitrary, Debug)]
struct Input {
    keys: Vec<AnyKey>,
    listings: Vec<Listing>,
}

fuzz_target!(|input: Input| {
    let folder = Folder::new();
    let memory = Tried::new(BlobStore::open("mem:").expect("a store"));
    let files = Tried::new(folder.open().expect("a store"));
    for mut tried in [memory, files] {
        for key in &input.keys {
            tried.step(&Step::Put(key.clone(), b"", false, Tag::None, Described::Plain));
        }
        for listing in &input.listings {
            tried.step(&Step::List(listing.clone()));
        }
    }
});
