//! The one extended attribute of an object's file: its etag, content type and metadata.
//!
//! Version 1, little endian, `varint` being LEB128 of at most five bytes:
//!
//! ```text
//! 1 byte     1, the version of this layout
//! 16 bytes   the etag
//! 8 bytes    the file's mtime in nanoseconds when it was published (i64)
//! varint     its size then (at most ten bytes, as it is 64 bits wide)
//! varint n   then n bytes: the content type
//! entries    to the end, in ascending order of their names:
//!              the name, bit 7 set in its last byte; varint n, then n bytes: the value
//! ```
//!
//! Compact for a reason: without metadata it has some 40 bytes, and ext4 keeps up to 64 within the
//! inode; what is longer costs a block of 4 KiB and one more read. One byte of overhead per short
//! entry keeps the worst case (2 KiB of two-letter names) at 3.1 KiB, within that one block.

use std::collections::BTreeMap;

use crate::blob::check;

/// The attribute's name.
pub(super) const NAME: &str = "user.tombolo";

/// No valid attribute is longer.
pub(super) const MAX_LEN: usize = 4096;

const VERSION: u8 = 1;

/// The etag in binary.
pub(super) type Etag = [u8; 16];

/// What the file looked like when it was published. If it looks different now, somebody has written
/// to it in place, and the etag no longer speaks of these bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) size: u64,
    pub(super) mtime: i64,
}

/// The content of the attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) etag: Etag,
    pub(super) stamp: Stamp,
    pub(super) content_type: String,
    pub(super) metadata: BTreeMap<String, String>,
}

impl Attribute {
    /// The bytes to store.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.push(VERSION);
        out.extend_from_slice(&self.etag);
        out.extend_from_slice(&self.stamp.mtime.to_le_bytes());
        put_varint(self.stamp.size, &mut out);
        put_text(&self.content_type, &mut out);
        for (name, value) in &self.metadata {
            if let Some((last, head)) = name.as_bytes().split_last() {
                out.extend_from_slice(head);
                out.push(last | 0x80);
                put_text(value, &mut out);
            }
        }
        out
    }

    /// Reads what was stored; the error says what is wrong with it. The bytes may come from
    /// anybody, so nothing in them is trusted.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let mut input = Input(bytes);
        match input.array::<1>()? {
            [VERSION] => {}
            _ => return Err("it has a layout of an unknown version"),
        }
        let etag = input.array()?;
        let mtime = i64::from_le_bytes(input.array()?);
        let stamp = Stamp { size: input.varint()?, mtime };
        let content_type = input.text()?;
        let mut metadata = BTreeMap::new();
        while !input.0.is_empty() {
            let name = input.name()?;
            if metadata.last_key_value().is_some_and(|(last, _)| *last >= name) {
                return Err("its metadata is out of order");
            }
            metadata.insert(name, input.text()?);
        }
        // Whoever passes these on, as in the head of an HTTP answer, relies on what a write promises.
        check::description(&content_type, &metadata)
            .map_err(|_| "its content type or metadata is none that a write takes")?;
        Ok(Self { etag, stamp, content_type, metadata })
    }
}

fn put_varint(mut n: u64, out: &mut Vec<u8>) {
    while n >= 0x80 {
        out.push(n.to_le_bytes()[0] | 0x80);
        n >>= 7;
    }
    out.push(n.to_le_bytes()[0]);
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    put_varint(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

struct Input<'a>(&'a [u8]);

const SHORT: &str = "it ends too early";

impl<'a> Input<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], &'static str> {
        let (head, rest) = self.0.split_at_checked(n).ok_or(SHORT)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        self.take(N)?.try_into().map_err(|_| SHORT)
    }

    fn varint(&mut self) -> Result<u64, &'static str> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit only.
            if bits.leading_zeros() < shift {
                return Err("a number in it is too large");
            }
            n |= bits << shift;
            if byte < 0x80 {
                return Ok(n);
            }
        }
        Err("a number in it is too large")
    }

    fn text(&mut self) -> Result<String, &'static str> {
        let n = usize::try_from(self.varint()?).map_err(|_| SHORT)?;
        utf8(self.take(n)?.to_vec())
    }

    fn name(&mut self) -> Result<String, &'static str> {
        let last = self.0.iter().position(|b| *b >= 0x80).ok_or(SHORT)?;
        let mut name = self.take(last + 1)?.to_vec();
        name.iter_mut().for_each(|b| *b &= 0x7f);
        utf8(name)
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, &'static str> {
    String::from_utf8(bytes).map_err(|_| "a text in it is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(entries: &[(&str, &str)]) -> Attribute {
        Attribute {
            etag: *b"0123456789abcdef",
            stamp: Stamp { size: 300, mtime: -1_700_000_000_123_456_789 },
            content_type: "text/plain".into(),
            metadata: entries.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
        }
    }

    #[test]
    fn it_round_trips() {
        for entries in
            [&[][..], &[("a", "")], &[("a", "x"), ("b-2_", "grün 😀"), ("zz", &"v".repeat(1500))]]
        {
            let attribute = sample(entries);
            assert_eq!(Attribute::decode(&attribute.encode()), Ok(attribute));
        }
        let mut extreme = sample(&[]);
        extreme.stamp = Stamp { size: u64::MAX, mtime: i64::MIN };
        assert_eq!(Attribute::decode(&extreme.encode()), Ok(extreme));
    }

    #[test]
    fn the_layout_is_pinned() {
        let mut expected = b"\x010123456789abcdef".to_vec();
        expected.extend_from_slice(&(-1_700_000_000_123_456_789i64).to_le_bytes());
        expected.extend_from_slice(b"\xac\x02\x0atext/plaino\xeb\x02no");
        assert_eq!(sample(&[("ok", "no")]).encode(), expected);
    }

    #[test]
    fn the_common_case_fits_in_an_ext4_inode_and_the_worst_in_a_block() {
        let mut small = sample(&[]);
        small.content_type = "application/octet-stream".into();
        assert!(small.encode().len() <= 64);
        let digits = "abcdefghijklmnopqrstuvwxyz0123456789_-";
        let names =
            digits[..26].chars().flat_map(|a| digits.chars().map(move |b| format!("{a}{b}")));
        let mut worst = sample(&[]);
        worst.content_type.clear();
        worst.metadata = names.take(988).map(|n| (n, String::new())).collect();
        worst.metadata.extend(digits[..26].chars().map(|c| (c.to_string(), String::new())));
        assert!(worst.encode().len() < 3200, "{}", worst.encode().len());
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_an_answer_not_a_panic() {
        let bytes = sample(&[("name", "value"), ("other", "x")]).encode();
        for cut in 0..bytes.len() {
            // A cut between two entries is a shorter attribute; every other one is an error.
            if let Ok(shorter) = Attribute::decode(&bytes[..cut]) {
                assert_eq!(shorter.encode(), &bytes[..cut]);
            }
        }
        for at in 0..bytes.len() {
            for value in 0..=255 {
                let mut hostile = bytes.clone();
                hostile[at] = value;
                let _ = Attribute::decode(&hostile);
            }
        }
    }

    #[test]
    fn hostile_numbers_and_texts_are_named() {
        let head = &sample(&[]).encode()[..25];
        let with = |tail: &[u8]| Attribute::decode(&[head, tail].concat());
        assert_eq!(with(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00"), with(&[0xff; 11]));
        assert_eq!(with(&[0xff; 11]), Err("a number in it is too large"));
        assert_eq!(with(b"\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), Err(SHORT));
        assert_eq!(with(b"\x00\x01\xff"), Err("a text in it is not UTF-8"));
        assert_eq!(with(b"\x00\x00\xe2\x00\xe1\x00"), Err("its metadata is out of order"));
        assert_eq!(Attribute::decode(&[9; 40]), Err("it has a layout of an unknown version"));
    }

    #[test]
    fn what_no_write_takes_is_refused() {
        let mut forged = sample(&[]);
        forged.content_type = "text/plain\r\nset-cookie: a".into();
        let mut long = sample(&[]);
        long.content_type = "t".repeat(2049);
        let entries = [("a", "line\nfeed"), ("Big", ""), ("9", ""), (&"n".repeat(129), "")];
        let described = entries.map(|entry| sample(&[entry]));
        for attribute in described.into_iter().chain([forged, long]) {
            let refused = Attribute::decode(&attribute.encode());
            assert_eq!(refused, Err("its content type or metadata is none that a write takes"));
        }
    }
}
