//! How the bytes of large objects travel: in how many requests at once, and how they are checked.

use super::checksum::Checksums;
use crate::Result;
use crate::url::Parameter;

/// How many parts of a writer are under way at once, unless told otherwise.
const PARALLEL_PARTS: usize = 4;
/// More requests of one object at once would be a service's whole share of connections.
const MOST_AT_ONCE: usize = 64;
/// Smaller ranges would be more request than answer; larger ones would be kept in memory for long.
const RANGE_SIZES: std::ops::RangeInclusive<u64> = (64 << 10)..=(1 << 30);
/// How many bytes a range has, unless told otherwise, where the service checks ranges of any size.
const RANGE: u64 = 8 << 20;

/// Options of the way that bytes take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TransferOptions {
    /// How many parts of one writer are sent at once.
    pub(crate) parallel_parts: usize,
    /// How many ranges of one read are fetched at once; 1 is one request for all bytes.
    pub(crate) parallel_ranges: usize,
    /// How many bytes a range has.
    pub(crate) range_size: Option<u64>,
    /// What is sent and looked at beside the bytes.
    pub(crate) checksums: Checksums,
}

impl Default for TransferOptions {
    fn default() -> Self {
        Self {
            parallel_parts: PARALLEL_PARTS,
            parallel_ranges: 1,
            range_size: None,
            checksums: Checksums::default(),
        }
    }
}

impl TransferOptions {
    /// Takes a parameter that is one of these; gives back any other.
    pub(crate) fn take(&mut self, parameter: Parameter) -> Result<Option<Parameter>> {
        match parameter.name.as_str() {
            "parallel_parts" => self.parallel_parts = at_once(&parameter)?,
            "parallel_ranges" => self.parallel_ranges = at_once(&parameter)?,
            "range_size" => self.range_size = Some(range_size(&parameter)?),
            "checksums" => self.checksums = checksums(&parameter)?,
            _ => return Ok(Some(parameter)),
        }
        Ok(None)
    }

    /// How many bytes a range has in a service that tells the checksum of `checked` bytes at most.
    pub(super) fn range_size(&self, checked: Option<u64>) -> u64 {
        let checked = checked.filter(|_| self.checksums != Checksums::Off);
        self.range_size.unwrap_or_else(|| checked.map_or(RANGE, |checked| checked.min(RANGE)))
    }
}

fn at_once(parameter: &Parameter) -> Result<usize> {
    let expected = "a number from 1 to 64";
    let count = parameter.parse(expected)?;
    if (1..=MOST_AT_ONCE).contains(&count) { Ok(count) } else { Err(parameter.must_be(expected)) }
}

fn range_size(parameter: &Parameter) -> Result<u64> {
    let expected = "a number of bytes from 65536 to 1073741824";
    let size = parameter.parse(expected)?;
    if RANGE_SIZES.contains(&size) { Ok(size) } else { Err(parameter.must_be(expected)) }
}

fn checksums(parameter: &Parameter) -> Result<Checksums> {
    match parameter.value.as_str() {
        "true" => Ok(Checksums::Quick),
        "false" => Ok(Checksums::Off),
        "all" => Ok(Checksums::All),
        _ => Err(parameter.must_be("true, false or all")),
    }
}
