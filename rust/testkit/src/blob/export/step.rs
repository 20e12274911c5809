//! A step as C++: one flat aggregate, of which each kind uses its part.

use std::collections::BTreeMap;

use crate::blob::Body;
use crate::blob::case::{
    Condition, Expect, Listing, Outcome, Range, Read, ReadHow, Step, Tag, Transfer, WriteOptions,
};
use crate::literal::{Arrays, text};

/// The fields of C++'s `Step`, as text, in its order.
struct Flat {
    kind: &'static str,
    slot: u32,
    key: String,
    to: String,
    if_absent: bool,
    if_match: String,
    body: String,
    write: String,
    read: String,
    keys: String,
    outcomes: String,
    listing: String,
    seconds: u64,
    expect: String,
    save: String,
}

impl Flat {
    /// A step that uses nothing.
    fn new(kind: &'static str) -> Self {
        let nothing = || "{}".to_owned();
        Self {
            kind,
            slot: 0,
            key: text(""),
            to: text(""),
            if_absent: false,
            if_match: tag(&Tag::None),
            body: nothing(),
            write: nothing(),
            read: nothing(),
            keys: nothing(),
            outcomes: nothing(),
            listing: nothing(),
            seconds: 0,
            expect: expect(&Expect::default()),
            save: save(None),
        }
    }

    fn slot(kind: &'static str, slot: u32) -> Self {
        Self { slot, ..Self::new(kind) }
    }

    fn key(kind: &'static str, key: &str) -> Self {
        Self { key: text(key), ..Self::new(kind) }
    }

    fn into_cpp(self) -> String {
        let Self { kind, slot, key, to, if_absent, if_match, body, write, read, .. } = self;
        let Self { keys, outcomes, listing, seconds, expect, save, .. } = self;
        format!(
            "{{StepKind::{kind}, {slot}, {key}, {to}, {if_absent}, {if_match}, {body}, {write}, \
             {read}, {keys}, {outcomes}, {listing}, {seconds}, {expect}, {save}}}"
        )
    }
}

/// A `Step`.
pub(super) fn step(step: &Step, arrays: &mut Arrays) -> String {
    flat(step, arrays).into_cpp()
}

fn flat(step: &Step, arrays: &mut Arrays) -> Flat {
    match step {
        Step::Put { key, body: bytes, options } => Flat {
            body: body(bytes),
            save: save(options.save),
            ..writing(Flat::key("put", key), options, arrays)
        },
        Step::PutMany { keys, body: bytes } => {
            Flat { keys: texts(keys, arrays), body: body(bytes), ..Flat::new("put_many") }
        }
        Step::Read(read) => reading("read", read, arrays),
        Step::OpenReader { slot, read } => {
            Flat { slot: *slot, ..reading("open_reader", read, arrays) }
        }
        Step::ReadChunk { slot } => Flat::slot("read_chunk", *slot),
        Step::ReadRest { slot, body: bytes } => {
            Flat { body: body(bytes), ..Flat::slot("read_rest", *slot) }
        }
        Step::DropReader { slot } => Flat::slot("drop_reader", *slot),
        Step::OpenWriter { slot, key, options } => {
            Flat { slot: *slot, ..writing(Flat::key("open_writer", key), options, arrays) }
        }
        Step::Write { slot, body: bytes, expect: outcome } => {
            Flat { body: body(bytes), expect: expect(outcome), ..Flat::slot("write", *slot) }
        }
        Step::Finish { slot, expect: outcome, save: register } => {
            Flat { expect: expect(outcome), save: save(*register), ..Flat::slot("finish", *slot) }
        }
        Step::DropWriter { slot } => Flat::slot("drop_writer", *slot),
        Step::Delete { key, if_match, expect: outcome } => {
            Flat { if_match: tag(if_match), expect: expect(outcome), ..Flat::key("remove", key) }
        }
        Step::DeleteMany { outcomes, expect: outcome } => {
            let rows = outcomes.iter().map(outcome_row).collect();
            let outcomes = arrays.add("Outcome", rows);
            Flat { outcomes, expect: expect(outcome), ..Flat::new("remove_many") }
        }
        Step::Copy(moved) => transfer("copy", moved),
        Step::Rename(moved) => transfer("rename", moved),
        Step::List(found) => Flat {
            listing: listing(found, arrays),
            expect: expect(&found.expect),
            ..Flat::new("list")
        },
        Step::Presign(presign) => Flat {
            seconds: presign.seconds,
            expect: expect(&presign.expect),
            ..Flat::key("presign", &presign.key)
        },
        Step::Reopen => Flat::new("reopen"),
        Step::TagsDiffer { a, b } => Flat { save: save(Some(*a)), ..Flat::slot("tags_differ", *b) },
    }
}

fn writing(flat: Flat, options: &WriteOptions, arrays: &mut Arrays) -> Flat {
    let (condition, etag) = match &options.condition {
        Condition::Always => ("always", &Tag::None),
        Condition::IfAbsent => ("if_absent", &Tag::None),
        Condition::IfMatch(etag) => ("if_match", etag),
    };
    let (etag, content_type) = (tag(etag), text(&options.content_type));
    let metadata = entries(&options.metadata, arrays);
    let write = format!("{{ConditionKind::{condition}, {etag}, {content_type}, {metadata}}}");
    Flat { write, expect: expect(&options.expect), ..flat }
}

fn reading(kind: &'static str, read: &Read, arrays: &mut Arrays) -> Flat {
    let how = match read.how {
        ReadHow::Get => "get",
        ReadHow::Into => "into",
        ReadHow::Reader => "reader",
        ReadHow::Head => "head",
    };
    let (range, if_match) = (range(read.range), tag(&read.if_match));
    let (if_none_match, want) = (tag(&read.if_none_match), want(read, arrays));
    Flat {
        read: format!(
            "{{ReadHow::{how}, {range}, {if_match}, {if_none_match}, {want}, {}u}}",
            read.room
        ),
        expect: expect(&read.expect),
        save: save(read.save),
        ..Flat::key(kind, &read.key)
    }
}

fn want(read: &Read, arrays: &mut Arrays) -> String {
    let want = &read.want;
    let (body, content_type, etag) = (body(&want.body), text(&want.content_type), tag(&want.etag));
    let metadata = entries(&want.metadata, arrays);
    format!("{{{body}, {}u, {}u, {content_type}, {metadata}, {etag}}}", want.offset, want.size)
}

fn transfer(kind: &'static str, moved: &Transfer) -> Flat {
    Flat {
        to: text(&moved.to),
        if_absent: moved.if_absent,
        expect: expect(&moved.expect),
        save: save(moved.save),
        ..Flat::key(kind, &moved.from)
    }
}

fn listing(listing: &Listing, arrays: &mut Arrays) -> String {
    let (prefix, start_after) = (text(&listing.prefix), text(&listing.start_after));
    let delimiter = u32::from(listing.delimiter.unwrap_or('\0'));
    let objects = texts(&listing.objects, arrays);
    let prefixes = texts(&listing.prefixes, arrays);
    let size = listing.page_size;
    format!("{{{prefix}, {delimiter}, {start_after}, {size}u, {objects}, {prefixes}}}")
}

fn outcome_row(outcome: &Outcome) -> String {
    format!("{{{}, {}}}", text(&outcome.key), expect(&outcome.expect))
}

fn range(range: Range) -> String {
    let (kind, offset, length) = match range {
        Range::Full => ("full", 0, 0),
        Range::From(offset) => ("from", offset, 0),
        Range::Part(offset, length) => ("part", offset, length),
        Range::Suffix(length) => ("suffix", 0, length),
    };
    format!("{{RangeKind::{kind}, {offset}u, {length}u}}")
}

fn body(body: &Body) -> String {
    match body {
        Body::Text(bytes) => format!("{{BodyKind::text, {}, 0, 0, 0}}", text(bytes)),
        Body::Pattern { seed, skip, len } => {
            format!("{{BodyKind::pattern, {}, {seed}u, {skip}u, {len}u}}", text(""))
        }
    }
}

fn tag(tag: &Tag) -> String {
    let (kind, literal, register) = match tag {
        Tag::None => ("none", "", 0),
        Tag::Literal(literal) => ("literal", literal.as_str(), 0),
        Tag::Saved(register) => ("saved", "", *register),
    };
    format!("{{TagKind::{kind}, {}, {register}}}", text(literal))
}

fn save(register: Option<u32>) -> String {
    format!("{{{}, {}}}", register.is_some(), register.unwrap_or(0))
}

fn expect(expect: &Expect) -> String {
    let code = expect.code.map_or(0, |code| code as u32);
    format!("{{{code}, {}, {}}}", expect.kind as u32, text(&expect.naming))
}

fn texts(all: &[String], arrays: &mut Arrays) -> String {
    arrays.add("Text", all.iter().map(|one| text(one)).collect())
}

fn entries(all: &BTreeMap<String, String>, arrays: &mut Arrays) -> String {
    let entry = |(name, value): (&String, &String)| format!("{{{}, {}}}", text(name), text(value));
    arrays.add("Entry", all.iter().map(entry).collect())
}
