//! Inputs that meet one another: chosen freely they would hardly ever name the same object twice.

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use tombolo::blob::{ByteRange, PutOptions};

const SEGMENTS: [&str; 16] = [
    "a",
    "b",
    "",
    ".",
    "..",
    "%",
    "%2E",
    "%25",
    ".tombolo",
    ".tombolox",
    "a-",
    "a0",
    "ü",
    "A",
    "\n",
    "~",
];

/// A key, or what may not be one.
#[derive(Arbitrary, Clone, Debug)]
pub enum AnyKey {
    /// One segment of a few.
    One(u8),
    /// Two of them.
    Two(u8, u8),
    /// Three of them.
    Three(u8, u8, u8),
    /// A character, again and again.
    Long(char, u16),
    /// Anything.
    Text(String),
}

fn segment(number: u8) -> &'static str {
    SEGMENTS[usize::from(number) % SEGMENTS.len()]
}

impl AnyKey {
    /// Its text.
    pub fn text(&self) -> String {
        match self {
            Self::One(a) => segment(*a).to_owned(),
            Self::Two(a, b) => [segment(*a), segment(*b)].join("/"),
            Self::Three(a, b, c) => [segment(*a), segment(*b), segment(*c)].join("/"),
            Self::Long(c, times) => c.to_string().repeat(usize::from(*times) % 1200),
            Self::Text(text) => text.clone(),
        }
    }
}

/// A range, mostly near the ends of small objects.
#[derive(Arbitrary, Clone, Debug)]
pub enum AnyRange {
    /// All.
    Full,
    /// From an offset on.
    From(u64, Option<u64>),
    /// The same with small numbers.
    Near(u8, Option<u8>),
    /// The last ones.
    Suffix(u64),
}

impl AnyRange {
    /// As the core has it.
    pub fn range(&self) -> ByteRange {
        match *self {
            Self::Full => ByteRange::Full,
            Self::From(offset, length) => ByteRange::From { offset, length },
            Self::Near(offset, length) => {
                ByteRange::From { offset: offset.into(), length: length.map(u64::from) }
            }
            Self::Suffix(length) => ByteRange::Suffix(length),
        }
    }
}

/// The content type and metadata of a write, mostly such as are taken.
#[derive(Arbitrary, Clone, Debug)]
pub enum Described {
    /// Nothing.
    Plain,
    /// A name of few letters and a text.
    Named(u8, String),
    /// Anything.
    Any(String, BTreeMap<String, String>),
}

impl Described {
    /// As options of a write.
    pub fn options(&self) -> PutOptions {
        let (content_type, metadata) = match self {
            Self::Plain => Default::default(),
            Self::Named(name, value) => {
                let name = format!("n{}", name % 4);
                ("text/plain".to_owned(), BTreeMap::from([(name, value.clone())]))
            }
            Self::Any(content_type, metadata) => (content_type.clone(), metadata.clone()),
        };
        PutOptions { content_type, metadata, ..PutOptions::default() }
    }
}

/// Whether a text is a key.
pub fn is_key(text: &str) -> bool {
    (1..=1024).contains(&text.len()) && !text.contains('\0')
}

/// Whether a text may be compared with an etag.
pub fn is_etag(text: &str) -> bool {
    let printable = text.chars().all(|c| (' '..='~').contains(&c));
    printable && text != "*" && (1..=1024).contains(&text.len())
}

/// Whether an object may be described so.
pub fn is_description(content_type: &str, metadata: &BTreeMap<String, String>) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.len() <= 128
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
    };
    let bytes: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    content_type.chars().all(|c| (' '..='~').contains(&c))
        && content_type.len() + bytes <= 2048
        && metadata
            .iter()
            .all(|(name, value)| is_name(name) && !value.chars().any(char::is_control))
}
