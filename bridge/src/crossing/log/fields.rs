//! The fields of an event or a span, as text. All of it is capped, so that no event takes more memory
//! or time than that: what a `Debug` would write beyond the cap is not asked for.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};

/// The most bytes of text of an event, its message and its values together …
pub(super) const EVENT: usize = 8192;
/// … and of a span.
pub(super) const SPAN: usize = 1024;
/// The most fields of either.
pub(super) const MOST: usize = 32;

/// The name that `tracing` gives to an event's message.
const MESSAGE: &str = "message";

/// What a value was before it was text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text = 0,
    Number = 1,
    Boolean = 2,
}

#[derive(Clone, Debug)]
struct Entry {
    name: &'static str,
    kind: Kind,
    begin: usize,
    end: usize,
}

/// A field, borrowed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'static str,
    pub(crate) value: &'a str,
    pub(crate) kind: Kind,
}

/// # Invariants
/// Every entry's bounds are those of characters of `text`.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    most: usize,
    text: String,
    entries: Vec<Entry>,
    message: Option<Entry>,
    cut: bool,
}

impl Fields {
    /// None yet, and at most so many bytes of text.
    pub(super) fn new(most: usize) -> Self {
        Self { most, text: String::new(), entries: Vec::new(), message: None, cut: false }
    }

    /// Whether something was left out.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    pub(super) fn message(&self) -> &str {
        self.message.as_ref().map_or("", |message| self.value(message))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<Named<'_>> {
        let entry = self.entries.get(at)?;
        Some(Named { name: entry.name, value: self.value(entry), kind: entry.kind })
    }

    /// About how much memory it takes.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.text.capacity() + self.entries.capacity() * size_of::<Entry>()
    }

    fn value(&self, entry: &Entry) -> &str {
        self.text.get(entry.begin..entry.end).unwrap_or_default()
    }

    fn add(
        &mut self,
        name: &'static str,
        kind: Kind,
        write: impl FnOnce(&mut Self) -> fmt::Result,
    ) {
        if self.entries.len() == MOST || self.text.len() == self.most {
            self.cut = true;
            return;
        }
        let begin = self.text.len();
        let _ = write(self); // an error is the cap's, which has noted it, or a `Debug`'s own
        let entry = Entry { name, kind, begin, end: self.text.len() };
        if name == MESSAGE {
            self.message = Some(entry);
        } else if let Some(same) = self.entries.iter_mut().find(|entry| entry.name == name) {
            *same = entry; // recorded anew
        } else {
            self.entries.push(entry);
        }
    }
}

impl Write for Fields {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.most - self.text.len().min(self.most);
        if text.len() <= room {
            self.text.push_str(text);
            return Ok(());
        }
        let end = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        self.text.push_str(text.get(..end).unwrap_or_default());
        self.cut = true;
        // Nothing more is added after a cut, also if it would fit.
        self.most = self.text.len();
        Err(fmt::Error)
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field.name(), Kind::Text, |text| write!(text, "{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), Kind::Text, |text| text.write_str(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), Kind::Boolean, |text| write!(text, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), Kind::Number, |text| write!(text, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), Kind::Number, |text| write!(text, "{value}"));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.add(field.name(), Kind::Number, |text| write!(text, "{value}"));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.add(field.name(), Kind::Number, |text| write!(text, "{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), Kind::Number, |text| write!(text, "{value}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add(field.name(), Kind::Text, |text| write!(text, "{value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(fields: &mut Fields, name: &'static str, value: &str) {
        fields.add(name, Kind::Text, |text| text.write_str(value));
    }

    #[test]
    fn values_are_text_that_knows_what_it_was() {
        let mut fields = Fields::new(EVENT);
        text(&mut fields, MESSAGE, "it is open");
        text(&mut fields, "folder", "/a");
        fields.add("files", Kind::Number, |text| write!(text, "{}", -7));
        assert_eq!(fields.message(), "it is open");
        assert_eq!(fields.get(0), Some(Named { name: "folder", value: "/a", kind: Kind::Text }));
        assert_eq!(fields.get(1), Some(Named { name: "files", value: "-7", kind: Kind::Number }));
        assert_eq!(fields.get(2), None);
        assert!(!fields.is_cut());
    }

    #[test]
    fn text_is_cut_between_characters() {
        let mut fields = Fields::new(6);
        text(&mut fields, "a", "größe"); // 7 bytes, the cap within the last character but one
        assert_eq!(fields.get(0).unwrap().value, "größ");
        assert!(fields.is_cut());
        let mut fields = Fields::new(5);
        text(&mut fields, "a", "größe");
        assert_eq!(fields.get(0).unwrap().value, "grö");
        text(&mut fields, "b", "x"); // there would be room for it
        assert_eq!(fields.len(), 1);
    }

    #[test]
    fn what_fits_to_the_byte_is_not_cut() {
        let mut fields = Fields::new(7);
        text(&mut fields, "a", "größe");
        assert!(!fields.is_cut());
        text(&mut fields, "b", "");
        assert!(fields.is_cut(), "a field was left out");
    }

    #[test]
    fn a_value_is_not_asked_for_what_is_beyond_the_cap() {
        struct Endless(std::cell::Cell<usize>);
        impl fmt::Debug for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    self.0.set(self.0.get() + 1);
                    f.write_str("0123456789")?;
                }
            }
        }
        let (mut fields, endless) = (Fields::new(95), Endless(0.into()));
        fields.add("endless", Kind::Text, |text| write!(text, "{endless:?}"));
        assert_eq!((fields.text.len(), endless.0.get()), (95, 10));
    }

    #[test]
    fn there_is_a_most_of_fields() {
        const NAMES: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";
        let mut fields = Fields::new(EVENT);
        for at in 0..MOST {
            text(&mut fields, &NAMES[at..=at], "");
        }
        assert!(!fields.is_cut());
        text(&mut fields, &NAMES[MOST..=MOST], "");
        assert_eq!((fields.len(), fields.is_cut()), (MOST, true));
    }
}
