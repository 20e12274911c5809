//! What the code under test asked of the store, and what came of it.

use tombolo::{Effect, ErrorCode};

/// The operation of a call, by the numbers of `tombolo::testing::Call` in C++.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Kind {
    Get = 1,
    GetInto = 2,
    Head = 3,
    Put = 4,
    OpenReader = 5,
    Read = 6,
    OpenWriter = 7,
    Write = 8,
    Finish = 9,
    List = 10,
    Remove = 11,
    RemoveMany = 12,
    Copy = 13,
    Rename = 14,
}

impl Kind {
    pub(crate) const ALL: [Self; 14] = [
        Self::Get,
        Self::GetInto,
        Self::Head,
        Self::Put,
        Self::OpenReader,
        Self::Read,
        Self::OpenWriter,
        Self::Write,
        Self::Finish,
        Self::List,
        Self::Remove,
        Self::RemoveMany,
        Self::Copy,
        Self::Rename,
    ];

    pub(crate) fn of(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == number)
    }

    /// Its name in C++.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::GetInto => "get_into",
            Self::Head => "head",
            Self::Put => "put",
            Self::OpenReader => "open_reader",
            Self::Read => "read",
            Self::OpenWriter => "open_writer",
            Self::Write => "write",
            Self::Finish => "finish",
            Self::List => "list",
            Self::Remove => "remove",
            Self::RemoveMany => "remove_many",
            Self::Copy => "copy",
            Self::Rename => "rename",
        }
    }

    /// Whether it is one of many calls on a reader, a writer or a listing.
    pub(crate) fn is_of_stream(self) -> bool {
        matches!(self, Self::Read | Self::Write | Self::Finish | Self::List)
    }

    /// Whether it answers with bytes that can be spoilt.
    pub(crate) fn has_body(self) -> bool {
        matches!(self, Self::Get | Self::Read)
    }

    /// Whether it can have an effect.
    pub(crate) fn writes(self) -> bool {
        match self {
            Self::Get | Self::GetInto | Self::Head | Self::OpenReader | Self::Read | Self::List => {
                false
            }
            Self::Put
            | Self::OpenWriter
            | Self::Write
            | Self::Finish
            | Self::Remove
            | Self::RemoveMany
            | Self::Copy
            | Self::Rename => true,
        }
    }
}

/// How a call has ended, by the numbers of `tombolo::testing::Outcome` in C++.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Outcome {
    #[default]
    Pending = 0,
    Value = 1,
    /// A stream was at its end.
    End = 2,
    Error = 3,
    /// It was cancelled, or its deadline passed.
    Dropped = 4,
    Panic = 5,
}

/// A call, recorded.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) kind: Kind,
    /// The key; of a listing its prefix, of `remove_many` the first key.
    pub(crate) key: String,
    /// The other keys: the target of a copy or a rename, the further ones of `remove_many`.
    pub(crate) others: Vec<String>,
    /// How many items the stream has had before, where there is one.
    pub(crate) before: Option<u64>,
    /// How many bytes were given.
    pub(crate) sent: u64,
    /// How many bytes were answered.
    pub(crate) received: u64,
    pub(crate) outcome: Outcome,
    /// With what it has failed.
    pub(crate) error: Option<(ErrorCode, Effect)>,
    /// Whether a rule has answered it.
    pub(crate) scripted: bool,
}

impl Asked {
    pub(crate) fn new(kind: Kind, key: &str) -> Self {
        Self {
            kind,
            key: key.to_owned(),
            others: Vec::new(),
            before: None,
            sent: 0,
            received: 0,
            outcome: Outcome::Pending,
            error: None,
            scripted: false,
        }
    }

    pub(crate) fn sending(mut self, bytes: usize) -> Self {
        self.sent = bytes as u64;
        self
    }

    pub(crate) fn with_others(mut self, others: Vec<String>) -> Self {
        self.others = others;
        self
    }

    pub(crate) fn in_stream(mut self, before: u64) -> Self {
        self.before = Some(before);
        self
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.key).chain(&self.others).map(String::as_str)
    }
}
