//! The parts of a C++ source: texts, and arrays with names.

use std::collections::BTreeMap;
use std::fmt::Write;

/// A `Text`: a literal in ASCII and its length. Other bytes are octal escapes of three digits,
/// which, other than hexadecimal ones, never run into the digits that follow. `?` is escaped for
/// the sake of trigraphs.
pub(crate) fn text(text: &str) -> String {
    bytes(text.as_bytes())
}

/// The same of bytes that may be no text.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    let mut literal = String::from("{\"");
    for byte in bytes.iter().copied() {
        match byte {
            b'"' | b'\\' | b'?' | 0..=31 | 127..=255 => {
                // Writing to a string cannot fail.
                let _ = write!(literal, "\\{byte:03o}");
            }
            _ => literal.push(char::from(byte)),
        }
    }
    let _ = write!(literal, "\", {}}}", bytes.len());
    literal
}

/// The arrays that a source defines before it uses them; equal ones are defined once.
#[derive(Default)]
pub(crate) struct Arrays {
    definitions: String,
    names: BTreeMap<String, String>,
}

impl Arrays {
    /// A `Span` of an array of these elements.
    pub(crate) fn add(&mut self, element: &str, elements: Vec<String>) -> String {
        if elements.is_empty() {
            return "{nullptr, 0}".to_owned();
        }
        let size = elements.len();
        let content = format!("[{size}] = {{\n  {}}};", elements.join(",\n  "));
        let next = format!("a{}", self.names.len());
        let content = format!("const {element} NAME{content}");
        let name = match self.names.get(&content) {
            Some(name) => name.clone(),
            None => {
                let definition = content.replacen("NAME", &next, 1);
                let _ = writeln!(self.definitions, "static {definition}");
                self.names.insert(content, next.clone());
                next
            }
        };
        format!("{{{name}, {size}}}")
    }

    /// All definitions.
    pub(crate) fn into_definitions(self) -> String {
        self.definitions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_bytes_are_escaped() {
        assert_eq!(text("a\"\\?\n1\u{e9}\0"), r#"{"a\042\134\077\0121\303\251\000", 9}"#);
    }

    #[test]
    fn equal_arrays_are_defined_once() {
        let mut arrays = Arrays::default();
        assert_eq!(arrays.add("T", Vec::new()), "{nullptr, 0}");
        assert_eq!(arrays.add("T", vec!["1".into()]), "{a0, 1}");
        assert_eq!(arrays.add("T", vec!["1".into()]), "{a0, 1}");
        assert_eq!(arrays.add("U", vec!["1".into()]), "{a1, 1}");
        assert_eq!(arrays.into_definitions().matches("static const").count(), 2);
    }
}
