//! What the parameters of a URL change of a policy.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::Result;
use crate::blob::Policy;
use crate::url::Parameter;

/// The parameters, for messages.
pub(crate) const NAMES: &str = "max_attempts, retry_first_wait_ms, retry_max_wait_ms, \
                                retry_reserve, retry_percent, max_in_flight, hedge_after_ms, \
                                write_ids";

/// What was said; all else stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    max_attempts: Option<u32>,
    first_wait: Option<Duration>,
    max_wait: Option<Duration>,
    retry_reserve: Option<u32>,
    retry_percent: Option<u32>,
    max_in_flight: Option<usize>,
    hedge_after: Option<Duration>,
    write_ids: Option<bool>,
}

impl Changes {
    /// Takes a parameter that is about the policy; gives back any other.
    pub(crate) fn take(&mut self, parameter: Parameter) -> Result<Option<Parameter>> {
        match parameter.name.as_str() {
            "max_attempts" => self.max_attempts = Some(parameter.at_least_one()?),
            "retry_first_wait_ms" => self.first_wait = Some(milliseconds(&parameter)?),
            "retry_max_wait_ms" => self.max_wait = Some(milliseconds(&parameter)?),
            "retry_reserve" => self.retry_reserve = Some(parameter.parse("a number of retries")?),
            "retry_percent" => self.retry_percent = Some(parameter.parse("a number of percent")?),
            "max_in_flight" => self.max_in_flight = Some(parameter.at_least_one()?),
            "hedge_after_ms" => self.hedge_after = Some(milliseconds(&parameter)?),
            "write_ids" => self.write_ids = Some(parameter.parse("true or false")?),
            _ => return Ok(Some(parameter)),
        }
        Ok(None)
    }

    /// The policy with these changes.
    ///
    /// # Errors
    /// `invalid_argument` that names the field.
    pub(crate) fn over(self, base: Policy) -> Result<Policy> {
        let policy = Policy {
            max_attempts: self.max_attempts.unwrap_or(base.max_attempts),
            first_wait: self.first_wait.unwrap_or(base.first_wait),
            max_wait: self.max_wait.unwrap_or(base.max_wait),
            retry_reserve: self.retry_reserve.unwrap_or(base.retry_reserve),
            retry_percent: self.retry_percent.unwrap_or(base.retry_percent),
            max_in_flight: self.max_in_flight.map_or(base.max_in_flight, NonZeroUsize::new),
            hedge_after: self.hedge_after.or(base.hedge_after).filter(|after| !after.is_zero()),
            write_ids: self.write_ids.unwrap_or(base.write_ids),
        };
        policy.check()?;
        Ok(policy)
    }
}

fn milliseconds(parameter: &Parameter) -> Result<Duration> {
    parameter.parse("a number of milliseconds").map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::parameters;

    fn read(query: &str) -> Result<Policy> {
        let mut changes = Changes::default();
        for parameter in parameters(query)? {
            assert!(changes.take(parameter)?.is_none(), "{query}");
        }
        let base = Policy { max_attempts: 7, write_ids: false, ..Policy::default() };
        changes.over(base)
    }

    #[test]
    fn what_is_said_counts_for_more_than_what_was_chosen() {
        let policy = read(
            "retry_first_wait_ms=5&retry_max_wait_ms=50&retry_reserve=0&retry_percent=3\
             &max_in_flight=9&hedge_after_ms=20",
        );
        let expected = Policy {
            max_attempts: 7,
            first_wait: Duration::from_millis(5),
            max_wait: Duration::from_millis(50),
            retry_reserve: 0,
            retry_percent: 3,
            max_in_flight: NonZeroUsize::new(9),
            hedge_after: Some(Duration::from_millis(20)),
            write_ids: false,
        };
        assert_eq!(policy.unwrap(), expected);
        let said = read("max_attempts=2&write_ids=true&hedge_after_ms=0").unwrap();
        assert_eq!((said.max_attempts, said.write_ids, said.hedge_after), (2, true, None));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (query, cause) in [
            ("max_attempts=0", "\"max_attempts\" is \"0\", it must be a number from 1 on"),
            ("max_in_flight=0", "\"max_in_flight\" is \"0\""),
            ("retry_percent=-1", "\"retry_percent\" is \"-1\", it must be a number of percent"),
            ("hedge_after_ms=1s", "\"hedge_after_ms\" is \"1s\""),
            ("write_ids=maybe", "must be true or false"),
            ("retry_first_wait_ms=30000", "first_wait: it is 30s, more than max_wait, 20s"),
            ("retry_max_wait_ms=9999999", "max_wait: it is 9999.999s"),
        ] {
            let why = read(query).unwrap_err().message().to_owned();
            assert!(why.contains(cause), "{query}: {why}");
        }
    }
}
