//! What a case is made of: plain data, so that every language can run it.

use std::collections::BTreeMap;

use tombolo::blob::Capabilities;
use tombolo::{ErrorCode, ErrorKind};

use super::Body;

/// One case: steps that run in order on a store of its own, which is empty at first.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name, unique in the table; `a-z 0-9 _`.
    pub name: String,
    /// What the store must have declared, all of it, for the case to be registered.
    pub requires: Vec<Requirement>,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Case {
    /// Whether a store with these capabilities is held to this case.
    #[must_use]
    pub fn is_registered(&self, capabilities: Capabilities) -> bool {
        self.requires.iter().all(|required| match required {
            Requirement::Present(capability) => capability.is_in(capabilities),
            Requirement::Absent(capability) => !capability.is_in(capabilities),
        })
    }
}

/// What a case asks of the capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// It is declared.
    Present(Capability),
    /// It is not.
    Absent(Capability),
}

/// The fields of [`Capabilities`], by the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented at the fields of `Capabilities`")]
pub enum Capability {
    PutIfMatch,
    PutIfAbsent,
    DeleteIfMatch,
    CopyIfAbsent,
    AtomicRename,
    Metadata,
    ListHasMetadata,
    Presign,
    Persistent,
    KeyBesideFolder,
    LongSegments,
    OddKeys,
    NewEtags,
    CachedReads,
}

impl Capability {
    /// Whether it is declared.
    #[must_use]
    pub fn is_in(self, all: Capabilities) -> bool {
        match self {
            Self::PutIfMatch => all.put_if_match,
            Self::PutIfAbsent => all.put_if_absent,
            Self::DeleteIfMatch => all.delete_if_match,
            Self::CopyIfAbsent => all.copy_if_absent,
            Self::AtomicRename => all.atomic_rename,
            Self::Metadata => all.metadata,
            Self::ListHasMetadata => all.list_has_metadata,
            Self::Presign => all.presign,
            Self::Persistent => all.persistent,
            Self::KeyBesideFolder => all.key_beside_folder,
            Self::LongSegments => all.long_segments,
            Self::OddKeys => all.odd_keys,
            Self::NewEtags => all.new_etags,
            Self::CachedReads => all.cached_reads,
        }
    }
}

/// One operation and what must come of it.
///
/// Etags go into numbered registers (`save`) and come out of them ([`Tag::Saved`]). Readers and
/// writers that live over several steps stand in numbered slots.
#[derive(Clone, Debug)]
pub enum Step {
    /// Puts an object.
    Put {
        /** Where. */
        key: String,
        /** What. */
        body: Body,
        /** How. */
        options: WriteOptions,
    },
    /// Puts the same body under every key, in any order or at once.
    PutMany {
        /** Where. */
        keys: Vec<String>,
        /** What. */
        body: Body,
    },
    /// Reads an object in one step.
    Read(Read),
    /// Opens a reader into a slot. `Read::how` is `Reader`; `Want::body` is not looked at.
    OpenReader {
        /** The slot. */
        slot: u32,
        /** How. */
        read: Read,
    },
    /// Reads one piece, which must not be empty, and keeps it in the slot.
    ReadChunk {
        /** The slot. */
        slot: u32,
    },
    /// Reads to the end; all pieces since the opening make up `body`. Empties the slot.
    ReadRest {
        /** The slot. */
        slot: u32,
        /** All of it. */
        body: Body,
    },
    /// Drops a reader.
    DropReader {
        /** The slot. */
        slot: u32,
    },
    /// Opens a writer into a slot.
    OpenWriter {
        /** The slot. */
        slot: u32,
        /** Where. */
        key: String,
        /** How. */
        options: WriteOptions,
    },
    /// Writes a piece.
    Write {
        /** The slot. */
        slot: u32,
        /** What. */
        body: Body,
        /** The outcome. */
        expect: Expect,
    },
    /// Finishes; the writer stays in its slot.
    Finish {
        /** The slot. */
        slot: u32,
        /** The outcome. */
        expect: Expect,
        /** The etag. */
        save: Option<u32>,
    },
    /// Drops a writer.
    DropWriter {
        /** The slot. */
        slot: u32,
    },
    /// Deletes an object.
    Delete {
        /** Which. */
        key: String,
        /** The condition. */
        if_match: Tag,
        /** The outcome. */
        expect: Expect,
    },
    /// Deletes many; one outcome per key, in this order.
    DeleteMany {
        /** Keys and outcomes. */
        outcomes: Vec<Outcome>,
        /** The outcome of all. */
        expect: Expect,
    },
    /// Copies.
    Copy(Transfer),
    /// Renames.
    Rename(Transfer),
    /// Lists everything. Besides what [`Listing`] says, the runner checks that the pages are in
    /// order, none of them empty or too large, and, unless there are more than 20 objects, that
    /// each agrees with a `head`.
    List(Listing),
    /// Presigns.
    Presign(Presign),
    /// Drops every reader, writer and handle of the store, and opens it anew.
    Reopen,
    /// The etags in two registers differ.
    TagsDiffer {
        /** A register. */
        a: u32,
        /** Another. */
        b: u32,
    },
}

/// How an object is written, and what comes of it.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// The condition.
    pub condition: Condition,
    /// The media type.
    pub content_type: String,
    /// The metadata.
    pub metadata: BTreeMap<String, String>,
    /// The outcome.
    pub expect: Expect,
    /// Where the etag goes (not for a writer, whose etag comes when it finishes).
    pub save: Option<u32>,
}

/// The condition of a write.
#[derive(Clone, Debug, Default)]
pub enum Condition {
    /// None.
    #[default]
    Always,
    /// No object is there.
    IfAbsent,
    /// The object there has this etag.
    IfMatch(Tag),
}

/// An etag.
#[derive(Clone, Debug, Default)]
pub enum Tag {
    /// Not given.
    #[default]
    None,
    /// This text.
    Literal(String),
    /// What a step has saved in this register.
    Saved(u32),
}

/// A read and what it finds.
#[derive(Clone, Debug)]
pub struct Read {
    /// By which operation.
    pub how: ReadHow,
    /// Which object.
    pub key: String,
    /// Which bytes.
    pub range: Range,
    /// A condition.
    pub if_match: Tag,
    /// A condition.
    pub if_none_match: Tag,
    /// The outcome.
    pub expect: Expect,
    /// What is found on success.
    pub want: Want,
    /// How many bytes the buffer has, for `Into`. What it has beyond those that are found stays as
    /// it is.
    pub room: u64,
    /// Where the etag goes.
    pub save: Option<u32>,
}

/// By which operation an object is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadHow {
    /// `get`.
    Get,
    /// `get_into`, a buffer.
    Into,
    /// `reader`, and all of its pieces.
    Reader,
    /// `head`, which finds no bytes.
    Head,
}

/// Which bytes.
#[derive(Clone, Copy, Debug, Default)]
pub enum Range {
    /// All.
    #[default]
    Full,
    /// From an offset to the end.
    From(u64),
    /// From an offset, at most so many bytes.
    Part(u64, u64),
    /// The last bytes.
    Suffix(u64),
}

/// What a read finds.
#[derive(Clone, Debug)]
pub struct Want {
    /// The bytes of the range.
    pub body: Body,
    /// Where the range begins; it ends with the bytes.
    pub offset: u64,
    /// The size of the whole object.
    pub size: u64,
    /// The media type.
    pub content_type: String,
    /// The metadata.
    pub metadata: BTreeMap<String, String>,
    /// The etag, if it matters.
    pub etag: Tag,
}

/// The outcome of an operation. An error must also name the store's service and the operation, and
/// say that there was no effect.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// `None`: success.
    pub code: Option<ErrorCode>,
    /// The error's kind.
    pub kind: ErrorKind,
    /// What the error's message must contain.
    pub naming: String,
}

/// What becomes of one key of a `delete_many`.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The key.
    pub key: String,
    /// Its outcome.
    pub expect: Expect,
}

/// A copy or a rename.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// From where.
    pub from: String,
    /// To where.
    pub to: String,
    /// Only if nothing is there.
    pub if_absent: bool,
    /// The outcome.
    pub expect: Expect,
    /// Where the new etag goes.
    pub save: Option<u32>,
}

/// A listing and what it finds.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The prefix.
    pub prefix: String,
    /// The delimiter.
    pub delimiter: Option<char>,
    /// Where it starts.
    pub start_after: String,
    /// The size of the pages.
    pub page_size: u64,
    /// The keys of all pages' objects, in order.
    pub objects: Vec<String>,
    /// The common prefixes of all pages, in order.
    pub prefixes: Vec<String>,
    /// The outcome; a failure comes before the first page.
    pub expect: Expect,
}

/// A presigned URL.
#[derive(Clone, Debug)]
pub struct Presign {
    /// Which object.
    pub key: String,
    /// For how many seconds.
    pub seconds: u64,
    /// The outcome, the same for every method.
    pub expect: Expect,
}
