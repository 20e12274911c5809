//! The steps of operations: a request each, or each one of several of a kind.

use crate::servers::Kind;

/// Steps that behave alike: a column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Reading bytes.
    Bytes,
    /// Looking at an object.
    Look,
    /// Listing.
    List,
    /// A request that makes an object.
    Write,
    /// Beginning an upload.
    Begin,
    /// A part of an upload.
    Part,
    /// A delete without condition.
    Delete,
    /// A delete with one.
    DeleteIf,
}

impl Group {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 8] = [
        Self::Bytes,
        Self::Look,
        Self::List,
        Self::Write,
        Self::Begin,
        Self::Part,
        Self::Delete,
        Self::DeleteIf,
    ];

    /// The steps.
    #[must_use]
    pub fn steps(self) -> &'static [Step] {
        use Step::{Copy, Put, PutIfAbsent, PutIfMatch, RenameCopy, WriterFinish, WriterSmall};
        match self {
            Self::Bytes => &[Step::Get, Step::GetInto, Step::Reader],
            Self::Look => &[Step::Head, Step::RenameLook],
            Self::List => &[Step::List],
            Self::Write => {
                &[Put, PutIfAbsent, PutIfMatch, WriterSmall, WriterFinish, Copy, RenameCopy]
            }
            Self::Begin => &[Step::WriterBegin],
            Self::Part => &[Step::WriterPart],
            Self::Delete => &[Step::Delete, Step::DeleteMany],
            Self::DeleteIf => &[Step::RenameDelete],
        }
    }

    /// The head of its column in the guide.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Bytes => "get, reader",
            Self::Look => "head",
            Self::List => "list",
            Self::Write => "put, copy, finish",
            Self::Begin => "begin of parts",
            Self::Part => "part",
            Self::Delete => "delete",
            Self::DeleteIf => "delete of a rename",
        }
    }
}

/// A step; an operation of one request is one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `get`.
    Get,
    /// `get_into`.
    GetInto,
    /// `reader`.
    Reader,
    /// `head`.
    Head,
    /// The second page of a `list`.
    List,
    /// `put` without condition.
    Put,
    /// `put` with `if_absent`.
    PutIfAbsent,
    /// `put` with `if_match`.
    PutIfMatch,
    /// `writer` of an object that fits one part.
    WriterSmall,
    /// `writer` of two parts: beginning the upload, which is no request of its own on Azure.
    WriterBegin,
    /// The second part of it.
    WriterPart,
    /// Making the object of the parts, with `if_absent`.
    WriterFinish,
    /// `delete` without condition.
    Delete,
    /// The second key of a `delete_many`.
    DeleteMany,
    /// `copy`.
    Copy,
    /// `rename`: the look at the source.
    RenameLook,
    /// The copy of it.
    RenameCopy,
    /// The delete of it: by its etag on Azure, and without condition on S3.
    RenameDelete,
}

impl Step {
    /// Its name in messages.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::GetInto => "get_into",
            Self::Reader => "reader",
            Self::Head => "head",
            Self::List => "list",
            Self::Put => "put",
            Self::PutIfAbsent => "put_if_absent",
            Self::PutIfMatch => "put_if_match",
            Self::WriterSmall => "writer_small",
            Self::WriterBegin => "writer_begin",
            Self::WriterPart => "writer_part",
            Self::WriterFinish => "writer_finish",
            Self::Delete => "delete",
            Self::DeleteMany => "delete_many",
            Self::Copy => "copy",
            Self::RenameLook => "rename_look",
            Self::RenameCopy => "rename_copy",
            Self::RenameDelete => "rename_delete",
        }
    }

    /// The request that the fault is for: its method, what its target holds, and which of them it is.
    /// `None` where the service has no such request.
    #[must_use]
    pub fn request(self, kind: Kind) -> Option<(&'static str, &'static str, usize)> {
        let azure = kind == Kind::Azurite;
        Some(match self {
            Self::Get | Self::GetInto | Self::Reader => ("GET", "", 1),
            Self::Head | Self::RenameLook => ("HEAD", "", 1),
            Self::List => ("GET", if azure { "comp=list" } else { "list-type=2" }, 2),
            Self::Put | Self::PutIfAbsent | Self::PutIfMatch | Self::WriterSmall => ("PUT", "", 1),
            Self::Copy | Self::RenameCopy => ("PUT", "", 1),
            Self::WriterBegin if azure => return None,
            Self::WriterBegin => ("POST", "uploads", 1),
            Self::WriterPart if azure => ("PUT", "comp=block&", 2),
            Self::WriterPart => ("PUT", "partNumber=2", 1),
            Self::WriterFinish if azure => ("PUT", "comp=blocklist", 1),
            Self::WriterFinish => ("POST", "uploadId", 1),
            Self::Delete | Self::RenameDelete => ("DELETE", "", 1),
            Self::DeleteMany if azure => ("DELETE", "", 2),
            Self::DeleteMany => ("POST", "?delete", 1),
        })
    }

    /// Whether the answer has a body when all goes well.
    #[must_use]
    pub fn is_answered_with_a_body(self, kind: Kind) -> bool {
        match self {
            Self::Get | Self::GetInto | Self::Reader | Self::List => true,
            Self::WriterBegin | Self::WriterFinish | Self::Copy | Self::RenameCopy => {
                kind != Kind::Azurite
            }
            _ => false,
        }
    }

    /// Whether it is the first request of its operation.
    #[must_use]
    pub fn is_first(self) -> bool {
        !matches!(self, Self::WriterFinish | Self::RenameCopy | Self::RenameDelete)
    }
}
