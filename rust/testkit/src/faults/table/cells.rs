//! The table itself.

use std::fmt::Write;

use super::Outcome::{
    Aborted, Absent, Again, AsTold, AtOnce, Broken, Checksum, Deadline, NotMet, Unknown, Unreached,
};
use super::{Group, Name, Outcome, Step};
use crate::servers::Kind;

type Row = (Name, [Outcome; Group::ALL.len()]);

/// Where a write may have had its effect, it is not sent again blindly; all else is.
const DOUBTFUL: [Outcome; 8] = [Again, Again, Again, Unknown, Again, Again, Again, Unknown];
/// Of the way: nothing is sent.
const WAY: [Outcome; 8] =
    [Unreached, Unreached, Unreached, Unreached, Unreached, Unreached, Unreached, Absent];

#[rustfmt::skip]
const ROWS: [Row; 25] = [
    (Name::Throttled,        [Again; 8]),
    (Name::Busy,             [Again; 8]),
    (Name::BusyGateway,      DOUBTFUL),
    (Name::Failed,           DOUBTFUL),
    (Name::FailedGateway,    DOUBTFUL),
    (Name::Reset,            DOUBTFUL),
    (Name::LostAnswer,       DOUBTFUL),
    (Name::CutHead,          DOUBTFUL),
    //                        Bytes     Look      List      Write     Begin     Part      Delete    DeleteIf
    (Name::CutBody,          [Again,    Absent,   Again,    Unknown,  Again,    Absent,   Absent,   Absent]),
    (Name::Replaced,         [Aborted,  Absent,   Absent,   Absent,   Absent,   Absent,   Absent,   Absent]),
    (Name::Silence,          [Deadline; 8]),
    (Name::SilenceAfter,     [Deadline; 8]),
    (Name::Stall,            [Deadline, Absent,   Deadline, Deadline, Deadline, Absent,   Absent,   Absent]),
    (Name::Drip,             [AtOnce; 8]),
    (Name::Longer,           [Broken,   Absent,   Again,    Unknown,  Again,    Absent,   Absent,   Absent]),
    (Name::Shorter,          [Checksum, Absent,   Broken,   Broken,   Broken,   Absent,   Absent,   Absent]),
    (Name::Twice,            [AtOnce; 8]),
    (Name::OtherEtag,        [AsTold,   AsTold,   AtOnce,   AsTold,   AtOnce,   AtOnce,   AtOnce,   AtOnce]),
    (Name::Flipped,          [Checksum, Absent,   Broken,   Broken,   Broken,   Absent,   Absent,   Absent]),
    (Name::Unresolved,       WAY),
    (Name::Refused,          WAY),
    (Name::OtherName,        WAY),
    (Name::UnknownAuthority, WAY),
    (Name::PlainText,        WAY),
    (Name::NoHandshake,      WAY),
];

/// What must become of a step that meets a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The fault.
    pub name: Name,
    /// The step.
    pub step: Step,
    /// What must happen.
    pub outcome: Outcome,
}

/// All cells of a service.
#[must_use]
pub fn cells(kind: Kind) -> Vec<Cell> {
    let rows = ROWS.iter().flat_map(|(name, row)| {
        let columns = Group::ALL.into_iter().zip(row);
        columns.flat_map(move |(group, outcome)| {
            group.steps().iter().map(move |step| Cell {
                name: *name,
                step: *step,
                outcome: *outcome,
            })
        })
    });
    rows.filter(|cell| arises(cell, kind)).map(|cell| excepted(cell, kind)).collect()
}

fn arises(cell: &Cell, kind: Kind) -> bool {
    let Cell { name, step, outcome } = *cell;
    outcome != Absent
        && step.request(kind).is_some()
        && (!name.is_of_a_body() || step.is_answered_with_a_body(kind))
        && (!name.is_of_the_way() || step.is_first())
}

/// An etag that was told to a client, and that it goes on with.
fn excepted(mut cell: Cell, kind: Kind) -> Cell {
    let s3 = kind != Kind::Azurite;
    if cell.name == Name::OtherEtag {
        cell.outcome = match cell.step {
            Step::RenameLook => NotMet,
            Step::WriterPart if s3 => Aborted,
            // It is in the body.
            Step::WriterFinish | Step::Copy | Step::RenameCopy if s3 => AtOnce,
            _ => cell.outcome,
        };
    }
    cell
}

/// The table as the guide shows it.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from("| fault |");
    let line = |cells: Vec<&str>| cells.iter().map(|cell| format!(" {cell} |")).collect::<String>();
    let headings = Group::ALL.map(Group::heading);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", line(headings.to_vec()));
    let _ = writeln!(text, "|---|{}", "---|".repeat(headings.len()));
    for (name, row) in &ROWS {
        let words = row.iter().map(|outcome| outcome.word()).collect();
        let _ = writeln!(text, "| {} |{}", name.means(), line(words));
    }
    text
}
