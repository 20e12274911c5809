//! A token's parts: the compact form of JSON Web Signatures (RFC 7515, section 7.1).

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The longest token, in bytes: tokens come in a header of a request, whose length servers bound at less.
pub(super) const MAX_TOKEN: usize = 64 << 10;

/// A token that was taken apart; nothing in it is to be believed yet.
#[derive(Debug)]
pub(super) struct Compact<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// What is signed: header and payload as they came.
    pub(super) signed: &'a str,
}

/// What of a header means something here. Keys and addresses of keys that it may hold are never
/// looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Header<'a> {
    #[serde(borrow)]
    pub(super) alg: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) kid: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) typ: Cow<'a, str>,
    /// Extensions that must be understood. None are.
    pub(super) crit: Option<IgnoredAny>,
}

impl<'a> Compact<'a> {
    /// Takes a token apart, or says why it is none.
    pub(super) fn split(token: &'a str) -> Result<Self, Cow<'static, str>> {
        if token.len() > MAX_TOKEN {
            let length = token.len();
            return Err(format!("it has {length} bytes, the limit is {MAX_TOKEN}").into());
        }
        let three = "it is not three parts with dots between them";
        let (signed, signature) = token.rsplit_once('.').ok_or(three)?;
        let (header, payload) = signed.split_once('.').ok_or(three)?;
        if payload.contains('.') {
            let parts = payload.matches('.').count() + 3;
            return Err(match parts {
                5 => "it is encrypted, which is not supported".into(),
                _ => three.into(),
            });
        }
        Ok(Self { header, payload, signature, signed })
    }

    pub(super) fn header_json(&self) -> Result<Vec<u8>, Cow<'static, str>> {
        decoded("header", self.header)
    }

    pub(super) fn signature(&self) -> Result<Vec<u8>, Cow<'static, str>> {
        decoded("signature", self.signature)
    }

    pub(super) fn payload_json(&self) -> Result<String, Cow<'static, str>> {
        let json = decoded("payload", self.payload)?;
        String::from_utf8(json).map_err(|_| "its payload is not UTF-8".into())
    }
}

impl<'a> Header<'a> {
    pub(super) fn read(json: &'a [u8]) -> Result<Self, Cow<'static, str>> {
        let header: Self =
            serde_json::from_slice(json).map_err(|error| not_json("header", &error))?;
        match header.crit {
            Some(_) => Err("its header asks for an extension (crit), and none is known".into()),
            None => Ok(header),
        }
    }
}

fn decoded(part: &str, text: &str) -> Result<Vec<u8>, Cow<'static, str>> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| format!("its {part} is not base64url").into())
}

/// Where JSON is wrong. What it holds is not shown: it is somebody else's, and may be long.
pub(super) fn not_json(part: &str, error: &serde_json::Error) -> Cow<'static, str> {
    format!("its {part} is not the JSON of one (column {})", error.column()).into()
}
