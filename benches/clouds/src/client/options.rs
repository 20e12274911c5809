//! The command line.

use std::time::Duration;

use crate::Answer;
use crate::place::Place;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Rust,
    ObjectStore,
    ObjectStoreMt,
    Socket,
}

/// What is done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A get into memory that is new each time.
    Get,
    /// A get into memory that is used again.
    GetInto,
    /// A get whose pieces are dropped as they come.
    GetStream,
    Put,
    /// A listing of all keys, page by page.
    List,
    /// A put of the object that is got: for servers that do not have it.
    Seed,
}

/// How long, or how often.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    Elapsed(Duration),
    Done(u64),
}

pub(crate) struct Options {
    pub(crate) who: Who,
    pub(crate) place: Place,
    pub(crate) work: Work,
    pub(crate) size: usize,
    pub(crate) in_flight: usize,
    pub(crate) until: Until,
}

impl Options {
    pub(crate) fn parse(mut given: impl Iterator<Item = String>) -> Answer<Self> {
        let mut options = Self {
            who: Who::Rust,
            place: Place::default(),
            work: Work::Get,
            size: 4096,
            in_flight: 1,
            until: Until::Elapsed(Duration::from_secs(1)),
        };
        while let Some(name) = given.next() {
            let value = given.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--who" => options.who = who(&value)?,
                "--url" => options.place = Place::parse(&value)?,
                "--work" => options.work = work(&value)?,
                "--size" => options.size = value.parse()?,
                "--in-flight" => options.in_flight = value.parse()?,
                "--seconds" => {
                    options.until = Until::Elapsed(Duration::from_secs_f64(value.parse()?));
                }
                "--times" => options.until = Until::Done(value.parse()?),
                _ => return Err(format!("{name} is not known").into()),
            }
        }
        if options.place == Place::default() {
            return Err("--url is missing".into());
        }
        Ok(options)
    }
}

fn who(value: &str) -> Answer<Who> {
    Ok(match value {
        "rust" => Who::Rust,
        "object_store" => Who::ObjectStore,
        "object_store_mt" => Who::ObjectStoreMt,
        "socket" => Who::Socket,
        _ => return Err(format!("there is no client {value}").into()),
    })
}

fn work(value: &str) -> Answer<Work> {
    Ok(match value {
        "get" => Work::Get,
        "get_into" => Work::GetInto,
        "get_stream" => Work::GetStream,
        "put" => Work::Put,
        "list" => Work::List,
        "seed" => Work::Seed,
        _ => return Err(format!("there is no work {value}").into()),
    })
}
