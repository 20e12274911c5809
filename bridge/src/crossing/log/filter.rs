//! Which events a sink wants, in the style of `info,tombolo::blob::folder=debug`.

use tombolo::{Error, Result};
use tracing::Metadata;
use tracing::level_filters::LevelFilter;

use super::{OPERATION, TARGET};

const LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// See the module documentation.
#[derive(Debug)]
pub(crate) struct Filter {
    /// The most that is wanted of targets that are named, the longest name first.
    named: Vec<(String, LevelFilter)>,
    /// The most that is wanted of all others.
    others: LevelFilter,
}

impl Filter {
    /// `level` is for the targets that `targets` does not name.
    ///
    /// # Errors
    /// `invalid_argument`, which quotes what cannot be read.
    pub(super) fn parse(level: LevelFilter, targets: &str) -> Result<Self> {
        let mut filter = Self { named: Vec::new(), others: level };
        for part in targets.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((target, level)) => filter.name(part, target.trim(), level.trim())?,
                None => filter.others = level_of(part).ok_or_else(|| bare(part))?,
            }
        }
        filter.named.sort_by_key(|(target, _)| std::cmp::Reverse(target.len()));
        Ok(filter)
    }

    fn name(&mut self, part: &str, target: &str, level: &str) -> Result<()> {
        let level = level_of(level).ok_or_else(|| {
            refused(format!("{part:?}: {level:?} is no level, which are {}", levels()))
        })?;
        let is_plain = |c: char| c.is_alphanumeric() || "_:-./".contains(c);
        if target.is_empty() || !target.chars().all(is_plain) {
            return Err(refused(format!("{part:?}: {target:?} is no name of a target")));
        }
        if self.named.iter().any(|(named, _)| named == target) {
            return Err(refused(format!("{target:?} is named twice")));
        }
        self.named.push((target.to_owned(), level));
        Ok(())
    }

    /// As it is written: for the fuzz targets.
    #[cfg(feature = "fuzzing")]
    pub(super) fn again(&self) -> String {
        let named = self.named.iter().map(|(target, level)| format!("{target}={level},"));
        named.collect::<String>() + &self.others.to_string()
    }

    fn of(&self, target: &str) -> LevelFilter {
        let named = self.named.iter().find(|(name, _)| is_within(target, name));
        named.map_or(self.others, |(_, level)| *level)
    }

    /// The span of operations is wanted whatever is: it says where all else comes from.
    pub(super) fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let is_operation =
            metadata.is_span() && metadata.name() == OPERATION && metadata.target() == TARGET;
        is_operation || *metadata.level() <= self.of(metadata.target())
    }

    /// Beyond this, nothing is wanted.
    pub(super) fn most(&self) -> LevelFilter {
        self.named.iter().map(|(_, level)| *level).fold(self.others, LevelFilter::max)
    }
}

/// Whether a target is the named one, or a module within it.
fn is_within(target: &str, name: &str) -> bool {
    target.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn level_of(text: &str) -> Option<LevelFilter> {
    LEVELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, level)| *level)
}

fn levels() -> String {
    LEVELS.map(|(name, _)| name).join(", ")
}

fn bare(part: &str) -> Error {
    refused(format!("{part:?} is neither target=level nor a level, which are {}", levels()))
}

fn refused(why: String) -> Error {
    Error::invalid_argument("targets", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(targets: &str) -> Filter {
        Filter::parse(LevelFilter::INFO, targets).unwrap()
    }

    fn refusal(targets: &str) -> String {
        Filter::parse(LevelFilter::INFO, targets).unwrap_err().message().to_owned()
    }

    #[test]
    fn the_longest_name_that_a_target_is_within_decides() {
        let filter = filter("tombolo=warn, tombolo::blob::folder=DEBUG,hyper=off");
        assert_eq!(filter.of("tombolo"), LevelFilter::WARN);
        assert_eq!(filter.of("tombolo::crossing"), LevelFilter::WARN);
        assert_eq!(filter.of("tombolo::blob::folder"), LevelFilter::DEBUG);
        assert_eq!(filter.of("tombolo::blob::folder::pool"), LevelFilter::DEBUG);
        assert_eq!(filter.of("tombolo::blob::folders"), LevelFilter::WARN);
        assert_eq!(filter.of("tombolo_rates"), LevelFilter::INFO);
        assert_eq!(filter.of("hyper::client"), LevelFilter::OFF);
        assert_eq!(filter.most(), LevelFilter::DEBUG);
    }

    #[test]
    fn a_bare_level_is_for_all_others() {
        assert_eq!(filter("error,tombolo=warn,").of("rates"), LevelFilter::ERROR);
        assert_eq!(filter("").of("rates"), LevelFilter::INFO);
        assert_eq!(filter("off").most(), LevelFilter::OFF);
    }

    #[test]
    fn what_cannot_be_read_is_quoted() {
        let levels = "off, error, warn, info, debug, trace";
        let loud = format!("targets: \"a=loud\": \"loud\" is no level, which are {levels}");
        assert_eq!(refusal("info,a=loud"), loud);
        let bare =
            format!("targets: \"a::b\" is neither target=level nor a level, which are {levels}");
        assert_eq!(refusal("a::b"), bare);
        assert_eq!(refusal("=info"), "targets: \"=info\": \"\" is no name of a target");
        let span = refusal("tombolo[operation]=info");
        assert!(span.contains("\"tombolo[operation]\" is no name of a target"), "{span}");
        assert_eq!(refusal("a=info,a=warn"), "targets: \"a\" is named twice");
    }
}
