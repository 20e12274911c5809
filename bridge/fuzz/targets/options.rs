//! Options of operations, as C++ says them: what is not text is refused and named, all else arrives.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tombolo::blob::{ByteRange, PresignMethod, PutCondition};
use tombolo::{Error, ErrorKind};
use tombolo_bridge::fuzzing::blob::{get_options, list_options, presign_method, put_options};

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    Get((u8, u64, u64), Option<&'a [u8]>, Option<&'a [u8]>),
    Put(bool, Option<&'a [u8]>, &'a [u8], Vec<(&'a [u8], &'a [u8])>),
    List(&'a [u8], &'a [u8], &'a [u8], usize),
    Presign(u8),
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}

fn refused(error: &Error, all_text: bool) {
    assert_eq!(error.kind() == ErrorKind::InvalidText, !all_text, "{error}");
    tombolo_fuzz::check_error(error, 0);
}

fn arrived(text: Option<&String>, bytes: Option<&[u8]>) {
    assert_eq!(text.map(|text| text.as_bytes()), bytes);
}

fn get((kind, offset, length): (u8, u64, u64), if_match: Option<&[u8]>, none: Option<&[u8]>) {
    let all_text = [if_match, none].into_iter().flatten().all(is_text);
    let options = match get_options((kind.into(), offset, length), if_match, none) {
        Ok(options) => options,
        Err(error) => {
            assert!(!all_text, "{error}");
            return refused(&error, false);
        }
    };
    arrived(options.if_match.as_ref(), if_match);
    arrived(options.if_none_match.as_ref(), none);
    let range = match kind {
        1 => ByteRange::From { offset, length: None },
        2 => ByteRange::From { offset, length: Some(length) },
        3 => ByteRange::Suffix(length),
        _ => ByteRange::Full,
    };
    assert_eq!(options.range, range);
}

fn put(absent: bool, tag: Option<&[u8]>, content_type: &[u8], fields: &[(&[u8], &[u8])]) {
    let texts = fields.iter().flat_map(|(name, value)| [*name, *value]);
    let all_text = texts.chain([content_type]).chain(tag).all(is_text);
    match put_options(absent, tag, content_type, fields) {
        Ok(options) => {
            assert!(all_text && !(absent && tag.is_some()));
            assert_eq!(options.content_type.as_bytes(), content_type);
            match &options.condition {
                PutCondition::IfMatch(etag) => arrived(Some(etag), tag),
                condition => assert_eq!(*condition == PutCondition::IfAbsent, absent),
            }
            for (name, value) in &options.metadata {
                assert!(fields.contains(&(name.as_bytes(), value.as_bytes())));
            }
            assert!(fields.iter().all(|(name, _)| {
                options.metadata.keys().any(|known| known.as_bytes() == *name)
            }));
        }
        Err(error) if absent && tag.is_some_and(is_text) => tombolo_fuzz::check_error(&error, 0),
        Err(error) => refused(&error, all_text),
    }
}

fn list(prefix: &[u8], delimiter: &[u8], start_after: &[u8], page_size: usize) {
    let all_text = is_text(prefix) && is_text(delimiter) && is_text(start_after);
    match list_options(prefix, delimiter, start_after, page_size) {
        Ok(options) => {
            assert!(all_text);
            assert_eq!(
                options.delimiter.map(String::from).unwrap_or_default().as_bytes(),
                delimiter
            );
            arrived(Some(&options.prefix), Some(prefix));
            arrived(Some(&options.start_after), Some(start_after));
            assert_eq!(options.page_size, page_size);
        }
        Err(error) => tombolo_fuzz::check_error(&error, 0),
    }
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::Get(range, if_match, if_none_match) => get(range, if_match, if_none_match),
        Input::Put(absent, tag, content_type, fields) => put(absent, tag, content_type, &fields),
        Input::List(prefix, delimiter, start, size) => list(prefix, delimiter, start, size),
        Input::Presign(number) => {
            let expected = [PresignMethod::Get, PresignMethod::Put, PresignMethod::Delete];
            let method = presign_method(number.into()).ok();
            assert_eq!(method, expected.get(usize::from(number)).copied());
        }
    }
});
