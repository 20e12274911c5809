//! The names of operations that have ended, each with a number. The same name counts once, wherever
//! it lies: two crates have a text of their own each.

use super::chain::Chain;
use crate::crossing::operation::Spec;

/// How many names are told apart; all further ones are counted as [`OTHER`], so that what a
/// monitoring system must keep is bounded.
pub(super) const MOST: usize = 128;
/// The service and the operation of what has no number of its own, which is [`MOST`].
pub(super) const OTHER: &str = "other";

pub(super) struct Name {
    pub(super) service: &'static str,
    pub(super) operation: &'static str,
    pub(super) number: usize,
}

static NAMES: Chain<Name> = Chain::new();

/// The number of an operation's name.
pub(super) fn number(spec: &Spec) -> usize {
    let (service, operation) = (spec.service, spec.operation);
    if service == OTHER && operation == OTHER {
        return MOST;
    }
    let name = NAMES.find_or_add(
        |name| name.service == service && name.operation == operation,
        |number| (number < MOST).then_some(Name { service, operation, number }),
    );
    name.map_or(MOST, |name| name.number)
}

/// Service, operation and number of every name, and of what is counted as other.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str, usize)> {
    let named = NAMES.iter().map(|name| (name.service, name.operation, name.number));
    named.chain([(OTHER, OTHER, MOST)])
}
