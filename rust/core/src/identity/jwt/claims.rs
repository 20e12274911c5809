//! What a token that is good says.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// The claims of a verified token: members of a JSON object, by name.
///
/// Cheap to clone. A value is read from the text each time it is asked for; a claim that is there, but
/// of another type than is asked for, counts as absent. `Debug` shows the names only, as values may be
/// personal data.
///
/// What is within a claim is named by a path, a JSON pointer (RFC 6901): `/realm_access/roles`. A name
/// that does not begin with a slash is that of a claim as it is, as `https://example.com/team`.
#[derive(Clone)]
pub struct Claims(Arc<Inner>);

struct Inner {
    json: String,
    members: Vec<Member>,
}

/// Where in the text a member's name and value are.
struct Member {
    name: Name,
    value: Range<usize>,
}

enum Name {
    At(Range<usize>),
    /// One that is written with escapes, decoded.
    Escaped(String),
}

impl Claims {
    /// Reads a payload. Names must be unique, as RFC 7519 has it: who reads the first of two and who
    /// reads the last would not see the same token.
    pub(super) fn read(json: String) -> Result<Self, Cow<'static, str>> {
        let members = serde_json::from_str::<Members<'_>>(&json)
            .map_err(|error| super::compact::not_json("payload", &error))?
            .located(&json);
        let claims = Self(Arc::new(Inner { json, members }));
        match claims.twice() {
            Some(name) => Err(format!("it has the claim {name:?} twice").into()),
            None => Ok(claims),
        }
    }

    fn twice(&self) -> Option<&str> {
        let mut names: Vec<_> = self.names().collect();
        names.sort_unstable();
        names.windows(2).find_map(|pair| match pair {
            [one, other] if one == other => Some(*one),
            _ => None,
        })
    }

    /// Who has issued the token (`iss`).
    #[must_use]
    pub fn issuer(&self) -> Option<Cow<'_, str>> {
        self.text("iss")
    }

    /// Whom it is about (`sub`).
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'_, str>> {
        self.text("sub")
    }

    /// Whom it is meant for (`aud`).
    #[must_use]
    pub fn audiences(&self) -> Vec<String> {
        self.texts("aud")
    }

    /// From when on it is no longer good (`exp`).
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.time("exp")
    }

    /// From when on it is good (`nbf`).
    #[must_use]
    pub fn not_before(&self) -> Option<SystemTime> {
        self.time("nbf")
    }

    /// When it was issued (`iat`).
    #[must_use]
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.time("iat")
    }

    /// Whether what it grants has `scope`: one of the words of `scope` (RFC 8693), or of `scp`, as some
    /// issuers have it, in one text or in a list.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        let has = |name| self.texts(name).iter().any(|text| text.split(' ').any(|s| s == scope));
        !scope.is_empty() && (has("scope") || has("scp"))
    }

    /// The names of all claims, in the order of the token.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.members.iter().map(|member| self.0.name(member))
    }

    /// The whole, as the token has it.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.0.json
    }

    /// Whether it is there, of whatever type.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.raw(path).is_some()
    }

    /// The text of a claim.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        match self.raw(path)? {
            Cow::Borrowed(raw) => plain_text(raw),
            Cow::Owned(raw) => serde_json::from_str(&raw).ok().map(Cow::Owned),
        }
    }

    /// A claim that is one text or a list of texts; none of them if it is neither.
    #[must_use]
    pub fn texts(&self, path: &str) -> Vec<String> {
        let Some(raw) = self.raw(path) else { return Vec::new() };
        match serde_json::from_str(&raw) {
            Ok(Value::String(text)) => vec![text],
            Ok(Value::Array(_)) => serde_json::from_str(&raw).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// A claim that is a number.
    #[must_use]
    pub fn number(&self, path: &str) -> Option<f64> {
        serde_json::from_str(&self.raw(path)?).ok()
    }

    /// A claim that is a whole number.
    #[must_use]
    pub fn integer(&self, path: &str) -> Option<i64> {
        serde_json::from_str(&self.raw(path)?).ok()
    }

    /// A claim that is true or false.
    #[must_use]
    pub fn boolean(&self, path: &str) -> Option<bool> {
        serde_json::from_str(&self.raw(path)?).ok()
    }

    /// A claim that is a time: seconds since 1970, with or without a fraction (RFC 7519, `NumericDate`).
    /// One before 1970, or so late that no clock can tell, counts as absent.
    #[must_use]
    pub fn time(&self, path: &str) -> Option<SystemTime> {
        let since = Duration::try_from_secs_f64(self.number(path)?).ok()?;
        UNIX_EPOCH.checked_add(since)
    }

    /// A claim of any type, as JSON.
    #[must_use]
    pub fn raw(&self, path: &str) -> Option<Cow<'_, str>> {
        let Some(pointer) = path.strip_prefix('/') else {
            return self.member(path).map(Cow::Borrowed);
        };
        let (name, rest) = pointer.find('/').map_or((pointer, ""), |at| pointer.split_at(at));
        let outer = self.member(&name.replace("~1", "/").replace("~0", "~"))?;
        if rest.is_empty() {
            return Some(Cow::Borrowed(outer));
        }
        let outer: Value = serde_json::from_str(outer).ok()?;
        outer.pointer(rest).map(|value| Cow::Owned(value.to_string()))
    }

    fn member(&self, name: &str) -> Option<&str> {
        let member = self.0.members.iter().find(|member| self.0.name(member) == name)?;
        self.0.json.get(member.value.clone())
    }
}

impl Inner {
    fn name<'a>(&'a self, member: &'a Member) -> &'a str {
        match &member.name {
            Name::At(range) => self.json.get(range.clone()).unwrap_or_default(),
            Name::Escaped(name) => name,
        }
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// A text in JSON, without a copy if nothing in it is escaped.
fn plain_text(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(raw).ok().map(Cow::Owned)
    } else {
        Some(inner.into())
    }
}

/// The members of an object, as they stand in its text.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl Members<'_> {
    /// Where they stand, so that they need not borrow from it.
    fn located(self, json: &str) -> Vec<Member> {
        let at = |part: &str| {
            let start = part.as_ptr().addr().saturating_sub(json.as_ptr().addr());
            start..start + part.len()
        };
        let located = self.0.into_iter().map(|(name, value)| Member {
            name: match name {
                Cow::Borrowed(name) => Name::At(at(name)),
                Cow::Owned(name) => Name::Escaped(name),
            },
            value: at(value.get()),
        });
        located.collect()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(EXPECTED);
                while let Some(name) = map.next_key::<NameOf<'de>>()? {
                    if members.len() == MAX_MEMBERS {
                        return Err(A::Error::custom("too many members"));
                    }
                    members.push((name.0, map.next_value()?));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// How many claims there is room for at first; tokens rarely have more.
const EXPECTED: usize = 16;
/// The most claims of a token.
const MAX_MEMBERS: usize = 1000;

/// A name, borrowed where it is written without escapes.
struct NameOf<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for NameOf<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = NameOf<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(NameOf(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(NameOf(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}
