//! The checksums that Azure verifies and tells.
//!
//! A block, a list of blocks and a blob that is put at once come with a CRC-64 of their bytes. Of a
//! range of up to 4 MiB the service tells the same; of a whole blob only the MD5 that is kept with it,
//! which it computes itself where the blob is put at once, and is told where it is made of blocks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};

use crate::blob::cloud::call::Call;
use crate::blob::cloud::checksum::{Algorithm, Check, Checksums, Sum};
use crate::blob::cloud::headers;

/// Of longer ranges the service tells no checksum, and refuses to be asked.
pub(super) const MAX_RANGE: u64 = 4 << 20;

const CRC64: HeaderName = HeaderName::from_static("x-ms-content-crc64");
const ASK: HeaderName = HeaderName::from_static("x-ms-range-get-content-crc64");

pub(super) fn describe(call: &mut Call, crc: Sum) {
    // Base64 makes a header of anything.
    if let Ok(value) = HeaderValue::try_from(BASE64.encode(crc.value.to_le_bytes())) {
        call.set(CRC64, value);
    }
}

pub(super) fn ask(call: &mut Call, range: Option<u64>) {
    if range.is_some_and(|range| range <= MAX_RANGE) {
        call.set(ASK, HeaderValue::from_static("true"));
    }
}

pub(super) fn remove(headers: &mut HeaderMap) -> bool {
    [CRC64, ASK].map(|name| headers.remove(name)).iter().any(Option::is_some)
}

pub(super) fn check(headers: &HeaderMap, whole: bool, wanted: Checksums) -> Option<Check> {
    let check = |algorithm: Algorithm, name: &str| {
        let wanted = algorithm.is_wanted(wanted);
        wanted.then(|| Check::new(algorithm, headers::text(headers, name))).flatten()
    };
    let of_all = || {
        let told = check(Algorithm::Md5, "content-md5");
        told.or_else(|| check(Algorithm::Md5, "x-ms-blob-content-md5"))
    };
    check(Algorithm::Crc64Azure, CRC64.as_str()).or_else(|| whole.then(of_all).flatten())
}
