//! The steps that read: what is asked for, and what must be found.

use std::collections::BTreeMap;

use super::super::Body;
use super::super::case::{Read, Want};
use super::{Expect, Range, ReadHow, Step, Tag, not_found, success};

/// How much larger a buffer is than what is found, unless the case is about that.
const SPARE: u64 = 7;

fn size_of(body: &Body) -> u64 {
    match body {
        Body::Text(text) => text.len() as u64,
        Body::Pattern { len, .. } => *len,
    }
}

pub(crate) fn read(how: ReadHow, key: &str) -> Read {
    let want = Want {
        body: Body::from(""),
        offset: 0,
        size: 0,
        content_type: String::new(),
        metadata: BTreeMap::new(),
        etag: Tag::None,
    };
    Read {
        how,
        key: key.to_owned(),
        range: Range::Full,
        if_match: Tag::None,
        if_none_match: Tag::None,
        expect: success(),
        want,
        room: SPARE,
        save: None,
    }
}

/// A `get` that finds this body as the whole object.
pub(crate) fn get(key: &str, body: impl Into<Body>) -> Read {
    read(ReadHow::Get, key).whole(body)
}

/// A `get` that fails.
pub(crate) fn get_fails(key: &str, expect: Expect) -> Read {
    read(ReadHow::Get, key).fails(expect)
}

/// There is no such object.
pub(crate) fn absent(key: &str) -> Read {
    read(ReadHow::Head, key).fails(not_found(""))
}

/// A `head` that finds an object of this size.
pub(crate) fn head(key: &str, size: u64) -> Read {
    let mut read = read(ReadHow::Head, key);
    read.want.size = size;
    read
}

impl Read {
    pub(crate) fn whole(mut self, body: impl Into<Body>) -> Self {
        self.want.body = body.into();
        self.want.size = size_of(&self.want.body);
        self.room = self.want.size + SPARE;
        self
    }

    /// This range is asked for, of an object of `size` bytes, and begins at `offset`.
    pub(crate) fn part(
        mut self,
        range: Range,
        offset: u64,
        size: u64,
        body: impl Into<Body>,
    ) -> Self {
        (self.range, self.want.offset) = (range, offset);
        (self.want.size, self.want.body) = (size, body.into());
        self.room = size_of(&self.want.body) + SPARE;
        self
    }

    /// Into a buffer of so many bytes. Said last.
    pub(crate) fn room(mut self, bytes: u64) -> Self {
        self.room = bytes;
        self
    }

    pub(crate) fn range(mut self, range: Range) -> Self {
        self.range = range;
        self
    }

    pub(crate) fn if_match(mut self, tag: Tag) -> Self {
        self.if_match = tag;
        self
    }

    pub(crate) fn if_none_match(mut self, tag: Tag) -> Self {
        self.if_none_match = tag;
        self
    }

    pub(crate) fn content_type(mut self, text: &str) -> Self {
        self.want.content_type = text.to_owned();
        self
    }

    pub(crate) fn meta(mut self, name: &str, value: &str) -> Self {
        self.want.metadata.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn etag(mut self, tag: Tag) -> Self {
        self.want.etag = tag;
        self
    }

    pub(crate) fn saves(mut self, register: u32) -> Self {
        self.save = Some(register);
        self
    }

    pub(crate) fn fails(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }
}

impl From<Read> for Step {
    fn from(read: Read) -> Self {
        Self::Read(read)
    }
}

/// Opens a reader of an object of `size` bytes.
pub(crate) fn open_reader(slot: u32, key: &str, size: u64) -> Step {
    let mut read = read(ReadHow::Reader, key);
    read.want.size = size;
    Step::OpenReader { slot, read }
}

pub(crate) fn read_rest(slot: u32, body: impl Into<Body>) -> Step {
    Step::ReadRest { slot, body: body.into() }
}
