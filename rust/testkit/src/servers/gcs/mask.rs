//! Answers in part: `fields=items(name,size),nextPageToken`
//! (<https://cloud.google.com/storage/docs/json_api#partial-response>).

use serde_json::{Map, Value};

use super::{Answered, Refused};

/// The fields of one level, each with those that are wanted of it; `None` for all.
type Fields<'a> = Vec<(&'a str, Option<&'a str>)>;

/// What `mask` leaves of `value`.
pub(super) fn masked(value: Value, mask: &str) -> Answered<Value> {
    let fields = split(mask)?;
    match value {
        Value::Array(all) => {
            let masked = all.into_iter().map(|one| masked(one, mask)).collect::<Answered<_>>();
            masked.map(Value::Array)
        }
        Value::Object(mut all) => {
            let mut kept = Map::new();
            for (name, inner) in fields {
                let Some(value) = all.remove(name) else { continue };
                let value = match inner {
                    None => value,
                    Some(inner) => masked(value, inner)?,
                };
                kept.insert(name.to_owned(), value);
            }
            Ok(Value::Object(kept))
        }
        other => Ok(other),
    }
}

fn split(mask: &str) -> Answered<Fields<'_>> {
    let bad = || Refused::invalid(format!("Invalid field selection {mask}"));
    let (mut fields, mut rest) = (Vec::new(), mask);
    while !rest.is_empty() {
        let end = end_of_field(rest).ok_or_else(bad)?;
        let (field, after) = rest.split_at(end);
        rest = after.strip_prefix(',').unwrap_or(after);
        let (name, inner) = match field.split_once(['/', '(']) {
            None => (field, None),
            Some((name, inner)) => (name, Some(inner.strip_suffix(')').unwrap_or(inner))),
        };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(bad());
        }
        fields.push((name, inner));
    }
    if fields.is_empty() { Err(bad()) } else { Ok(fields) }
}

/// Up to the comma that is in no parentheses.
fn end_of_field(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    (depth == 0).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_asked_for_comes_back() {
        let value = || json!({"a": [{"b": 1, "c": {"d": 2, "e": 3}}], "f": 4, "g": 5});
        let wanted = json!({"a": [{"b": 1, "c": {"d": 2}}], "f": 4});
        assert_eq!(masked(value(), "a(b,c/d),f,none").unwrap(), wanted);
        assert_eq!(masked(value(), "a/c/e").unwrap(), json!({"a": [{"c": {"e": 3}}]}));
        for bad in ["", ",", "a(b", "a)", "a b", "a,,f"] {
            assert!(masked(value(), bad).is_err(), "{bad}");
        }
    }
}
