//! The arguments, as those of the other rivals.

use crate::Answer;

pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) rounds: usize,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Answer<Self> {
        let (mut quick, mut rounds) = (false, None);
        while let Some(argument) = arguments.next() {
            match &*argument {
                "--quick" => quick = true,
                "--rounds" => {
                    let number = arguments.next().and_then(|text| text.parse().ok());
                    rounds = Some(
                        number.filter(|n| (1..=1000).contains(n)).ok_or("--rounds: 1 to 1000")?,
                    );
                }
                _ => return Err("usage: io_uring [--quick] [--rounds N]".into()),
            }
        }
        Ok(Self { quick, rounds: rounds.unwrap_or(if quick { 1 } else { 5 }) })
    }
}
