//! The name of a runtime, as lists show it: it can be copied out of them without memory.

/// The most bytes. What the kernel keeps of a thread's name is as many, its number among them.
pub(crate) const LONGEST: usize = 15;

/// A text of at most [`LONGEST`] bytes; empty for the default runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    bytes: [u8; LONGEST],
    length: u8,
}

impl Name {
    /// `text`, or as much of it as fits.
    pub(crate) fn new(text: &str) -> Self {
        let mut name = Self::default();
        for character in text.chars() {
            let (from, to) =
                (usize::from(name.length), usize::from(name.length) + character.len_utf8());
            let Some(place) = name.bytes.get_mut(from..to) else { break };
            character.encode_utf8(place);
            name.length += character.len_utf8() as u8;
        }
        name
    }

    pub(crate) fn text(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.length));
        text.and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_where_a_character_ends() {
        for (text, name) in [
            ("", ""),
            ("ingest", "ingest"),
            ("fifteen_letters", "fifteen_letters"),
            ("fourteen_bytes\u{e9}", "fourteen_bytes"),
        ] {
            assert_eq!(Name::new(text).text(), name);
        }
    }
}
