//! Bytes, text and structs that cross, each as a plain cxx function and as the crossing does it.

use bytes::Bytes;
use tombolo_bridge::{RawBytes, RawError, entry, text};

/// The calls, as C++ sees them.
#[cxx::bridge(namespace = "tombolo_bench")]
mod ffi {
    /// A small struct.
    #[derive(Clone, Copy)]
    struct Point {
        x: u64,
        y: u64,
    }

    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo"]
        type RawBytes = tombolo_bridge::RawBytes;
        #[namespace = "tombolo::detail"]
        type RawError = tombolo_bridge::RawError;
    }

    extern "Rust" {
        fn look_at(bytes: &[u8]) -> u64;
        fn keep_vec(bytes: Vec<u8>) -> u64;
        fn keep_bytes(bytes: RawBytes) -> u64;
        fn look_at_str(text: &str) -> u64;
        fn look_at_text(text: &[u8], out: &mut u64) -> RawError;

        type Source;
        fn new_source(size: usize) -> Box<Source>;
        fn vec(self: &Source) -> Vec<u8>;
        fn string(self: &Source) -> String;
        fn fill(self: &Source, into: &mut [u8]) -> usize;
        fn bytes(self: &Source) -> RawBytes;

        fn mirror(point: Point) -> Point;
        fn mirror_all(points: &mut [Point]);
        fn sum_of(points: &[Point]) -> u64;
        fn sum_with(sum: u64, point: Point) -> u64;
        fn points(count: u64) -> Vec<Point>;
    }
}

use ffi::Point;

/// The last byte and the size: enough to see that the bytes arrived.
fn seen(bytes: &[u8]) -> u64 {
    bytes.len() as u64 + u64::from(bytes.last().copied().unwrap_or(0))
}

fn look_at(bytes: &[u8]) -> u64 {
    seen(bytes)
}

fn keep_vec(bytes: Vec<u8>) -> u64 {
    seen(&bytes)
}

fn keep_bytes(bytes: RawBytes) -> u64 {
    entry(|| Ok(seen(&bytes.into_bytes()))).unwrap_or(0)
}

fn look_at_str(text: &str) -> u64 {
    seen(text.as_bytes())
}

fn look_at_text(bytes: &[u8], out: &mut u64) -> RawError {
    match entry(|| text("text", bytes).map(|text| seen(text.as_bytes()))) {
        Ok(value) => {
            *out = value;
            RawError::NONE
        }
        Err(error) => error.into(),
    }
}

/// Bytes of one size, to be given to C++ in every way.
struct Source {
    text: String,
    bytes: Bytes,
}

fn new_source(size: usize) -> Box<Source> {
    let text = "x".repeat(size);
    Box::new(Source { bytes: Bytes::from(text.clone()), text })
}

impl Source {
    fn vec(&self) -> Vec<u8> {
        self.bytes.to_vec()
    }

    fn string(&self) -> String {
        self.text.clone()
    }

    fn fill(&self, into: &mut [u8]) -> usize {
        let size = self.bytes.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..size), self.bytes.get(..size)) {
            to.copy_from_slice(from);
        }
        size
    }

    fn bytes(&self) -> RawBytes {
        self.bytes.clone().into()
    }
}

fn mirror(point: Point) -> Point {
    Point { x: point.y, y: point.x }
}

fn mirror_all(points: &mut [Point]) {
    for point in points {
        *point = mirror(*point);
    }
}

fn sum_of(points: &[Point]) -> u64 {
    points.iter().fold(0, |sum, point| sum_with(sum, *point))
}

fn sum_with(sum: u64, point: Point) -> u64 {
    sum + point.x + point.y
}

fn points(count: u64) -> Vec<Point> {
    (0..count).map(|i| Point { x: i, y: 1 }).collect()
}
