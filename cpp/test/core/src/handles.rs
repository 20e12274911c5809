//! A handle with methods, as an opaque Rust type that C++ owns.

/// A bridge of its own.
#[cxx::bridge(namespace = "tombolo_test")]
mod ffi {
    extern "Rust" {
        type Tally;
        fn new_tally() -> Box<Tally>;
        fn add(self: &mut Tally, x: u64) -> u64;
    }
}

/// A sum.
struct Tally(u64);

fn new_tally() -> Box<Tally> {
    Box::new(Tally(0))
}

impl Tally {
    fn add(&mut self, x: u64) -> u64 {
        self.0 += x;
        self.0
    }
}
