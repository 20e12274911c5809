//! The documents that services answer with.
//!
//! Read by events rather than into types: keys are text that may be nothing but spaces, which readers
//! for types trim.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::headers::broken;
use crate::Result;

/// Deeper documents than the services' are refused.
const MAX_DEPTH: usize = 32;

/// An element: its text and what is in it, which are never mixed in these documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    /// Whether it says that its text is percent-encoded, as Azure does for what XML cannot hold.
    pub(super) encoded: bool,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The first element of that name in it.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Its text, or an empty one.
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.as_str())
    }

    /// Those of that name in it.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// Reads a document into its outermost element.
pub(super) fn read(body: &[u8]) -> Result<Element> {
    let text = std::str::from_utf8(body).map_err(|_| broken("an answer that is not UTF-8"))?;
    // Azure begins its documents with a byte order mark.
    let mut reader = Reader::from_str(text.trim_start_matches('\u{FEFF}'));
    let mut open: Vec<Element> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| not_xml().with_cause(error))?;
        match event {
            Event::Start(start) if open.len() < MAX_DEPTH => open.push(element(&start)),
            Event::Empty(start) => close(element(&start), &mut open)?,
            Event::End(_) => {
                let ended = open.pop().ok_or_else(not_xml)?;
                if open.is_empty() {
                    return Ok(ended);
                }
                close(ended, &mut open)?;
            }
            Event::Text(text) => push(&mut open, &text.decode().map_err(|_| not_xml())?),
            Event::CData(text) => push(&mut open, &text.decode().map_err(|_| not_xml())?),
            Event::GeneralRef(entity) => push(&mut open, &character(&entity)?),
            Event::Start(_) | Event::Eof => return Err(not_xml()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
        }
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
    let encoded = start.attributes().flatten().any(|attribute| {
        attribute.key.as_ref() == b"Encoded" && attribute.value.eq_ignore_ascii_case(b"true")
    });
    Element { name, encoded, ..Element::default() }
}

fn close(ended: Element, open: &mut [Element]) -> Result<()> {
    open.last_mut().ok_or_else(not_xml)?.children.push(ended);
    Ok(())
}

/// Text outside of everything is the white space between declarations.
fn push(open: &mut [Element], text: &str) {
    if let Some(inner) = open.last_mut() {
        inner.text.push_str(text);
    }
}

fn character(entity: &BytesRef<'_>) -> Result<String> {
    if let Some(character) = entity.resolve_char_ref().map_err(|_| not_xml())? {
        return Ok(character.to_string());
    }
    let name = entity.decode().map_err(|_| not_xml())?;
    let text = quick_xml::escape::resolve_predefined_entity(&name).ok_or_else(not_xml)?;
    Ok(text.to_owned())
}

fn not_xml() -> crate::Error {
    broken("an answer that is not the XML it should be")
}

/// The code and the message of an error; both empty if it is none.
pub(super) fn error(body: &[u8]) -> (String, String) {
    match read(body) {
        Ok(error) if error.name == "Error" => {
            (error.text_of("Code").to_owned(), error.text_of("Message").to_owned())
        }
        _ => Default::default(),
    }
}

/// A text as it stands in a document.
pub(super) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_as_it_is() {
        let body = "\u{FEFF}<?xml version=\"1.0\"?>\n<L xmlns=\"x\"><K> a &amp; b&#10;&lt; </K><K> </K>\
                    <K Encoded=\"true\">%01</K><E/><![CDATA[]]></L>";
        let read = read(body.as_bytes()).unwrap();
        let keys: Vec<_> = read.all("K").map(|key| (key.text.as_str(), key.encoded)).collect();
        assert_eq!(keys, [(" a & b\n< ", false), (" ", false), ("%01", true)]);
        assert_eq!((read.text_of("E"), read.text_of("none")), ("", ""));
        assert_eq!(escaped("a<&\"b"), "a&lt;&amp;&quot;b");
    }

    #[test]
    fn errors_are_read_and_others_are_none() {
        let azure = "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Error><Code>BlobNotFound\
                     </Code><Message>It is not there.\nRequestId:1</Message></Error>";
        let (code, message) = error(azure.as_bytes());
        assert_eq!(
            (code.as_str(), message.lines().next()),
            ("BlobNotFound", Some("It is not there."))
        );
        for other in ["", "not xml", "<html><body/></html>", "\u{1}", "<Error>", "<a></b>"] {
            assert_eq!(error(other.as_bytes()), Default::default(), "{other}");
        }
        assert!(read("<a>".repeat(1000).as_bytes()).is_err());
    }
}
