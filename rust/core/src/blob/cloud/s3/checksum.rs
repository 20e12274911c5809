//! The checksums that S3 verifies, keeps and tells.
//!
//! What is put comes with a CRC-64; an object in parts has one of all its bytes, which is computed from
//! those of the parts. The service keeps it, and tells it to who reads all bytes and asks for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};

use crate::blob::cloud::call::Call;
use crate::blob::cloud::checksum::{Algorithm, Check, Checksums, Sum};
use crate::blob::cloud::headers;

/// The one that is sent.
pub(super) const CRC64: &str = "x-amz-checksum-crc64nvme";

/// Those that objects of any origin may have, the quickest first.
const KEPT: [(&str, Algorithm); 4] = [
    (CRC64, Algorithm::Crc64Nvme),
    ("x-amz-checksum-crc32c", Algorithm::Crc32C),
    ("x-amz-checksum-crc32", Algorithm::Crc32),
    ("x-amz-checksum-sha256", Algorithm::Sha256),
];

/// What all headers of checksums begin with.
const ALL: &str = "x-amz-checksum-";

const KIND: HeaderName = HeaderName::from_static("x-amz-checksum-type");

/// As documents and headers have it.
pub(super) fn text(crc: Sum) -> String {
    BASE64.encode(crc.value.to_be_bytes())
}

pub(super) fn describe(call: &mut Call, crc: Sum) {
    // Base64 makes a header of anything.
    if let Ok(value) = HeaderValue::try_from(text(crc)) {
        call.set(HeaderName::from_static(CRC64), value);
    }
}

/// An upload whose parts have checksums, of which one of all bytes is made.
pub(super) fn announce(call: &mut Call) {
    let name = HeaderName::from_static("x-amz-checksum-algorithm");
    call.set(name, HeaderValue::from_static("CRC64NVME"));
    call.set(KIND, HeaderValue::from_static("FULL_OBJECT"));
}

/// The checksum of all parts.
pub(super) fn describe_whole(call: &mut Call, crc: Sum) {
    describe(call, crc);
    call.set(KIND, HeaderValue::from_static("FULL_OBJECT"));
}

/// Of ranges the service tells none.
pub(super) fn ask(call: &mut Call, range: Option<u64>) {
    if range.is_none() {
        let name = HeaderName::from_static("x-amz-checksum-mode");
        call.set(name, HeaderValue::from_static("ENABLED"));
    }
}

pub(super) fn remove(headers: &mut HeaderMap) -> bool {
    let ours = headers.keys().filter(|name| name.as_str().starts_with(ALL)).cloned();
    let ours: Vec<_> = ours.collect();
    ours.iter().for_each(|name| drop(headers.remove(name)));
    !ours.is_empty()
}

pub(super) fn check(headers: &HeaderMap, wanted: Checksums) -> Option<Check> {
    let kept = KEPT.into_iter().filter(|(_, algorithm)| algorithm.is_wanted(wanted));
    kept.map(|(name, algorithm)| Check::new(algorithm, headers::text(headers, name)))
        .find_map(|check| check)
}
