//! Presigned URLs, used by a program that knows nothing else: curl.

use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use libtest_mimic::Failed;
use tombolo::blob::{BlobStore, GetOptions, PresignMethod, PutOptions};
use tombolo_testkit::servers::Server;

use super::{Checked, check};

/// A key that a URL carries encoded.
const KEY: &str = "a folder/100% \u{e9}+&?.txt";
const MINUTE: Duration = Duration::from_secs(60);

/// The status and the body of an answer.
fn curl(arguments: &[&str], url: &str) -> Checked<(String, String)> {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--noproxy", "*", "--write-out", "\n%{http_code}"])
        .args(arguments)
        .arg(url)
        .output()
        .map_err(|why| Failed::from(format!("curl does not run ({why}): run `make setup`")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').ok_or("curl has said nothing")?;
    Ok((status.to_owned(), body.to_owned()))
}

fn presign(store: &BlobStore, method: PresignMethod, expires_in: Duration) -> Checked<String> {
    super::block_on(async { Ok(store.presign(KEY, method, expires_in).await?) })
}

pub(crate) fn works(server: &Server) -> Checked {
    let store = BlobStore::open(&server.new_place()?)?;
    super::block_on(async {
        Ok(store.put(KEY, Bytes::from_static(b"hello"), PutOptions::default()).await?)
    })?;
    reads(&store)?;
    writes(&store)?;
    ends(&store)
}

fn reads(store: &BlobStore) -> Checked {
    let url = presign(store, PresignMethod::Get, MINUTE)?;
    is(curl(&[], &url)?, "200", Some("hello"))?;
    is(curl(&["--range", "1-3"], &url)?, "206", Some("ell"))?;
    // For another object, for another method, with another signature.
    is(curl(&[], &url.replace("a%20folder", "another"))?, "403", None)?;
    is(curl(&["--request", "DELETE"], &url)?, "403", None)?;
    is(curl(&[], &with_another_signature(&url)?)?, "403", None)
}

/// One letter of the signature, which is the last parameter, is another.
fn with_another_signature(url: &str) -> Checked<String> {
    let (rest, signature) = url.rsplit_once('=').ok_or("a URL without parameters")?;
    let letter = if signature.starts_with('0') { '1' } else { '0' };
    Ok(format!("{rest}={letter}{}", signature.get(1..).unwrap_or_default()))
}

fn writes(store: &BlobStore) -> Checked {
    let url = presign(store, PresignMethod::Put, MINUTE)?;
    // The first header is what Azure wants of whoever puts a blob; S3 does not look at it.
    let headers = ["-H", "x-ms-blob-type: BlockBlob", "-H", "content-type: text/x-curl"];
    let (status, _) =
        curl(&[&headers[..], &["--request", "PUT", "--data", "by curl"]].concat(), &url)?;
    check(status == "200" || status == "201", format!("a put was answered {status}"))?;
    super::block_on(async {
        let object = store.get(KEY, GetOptions::default()).await?;
        check(object.bytes == "by curl", "other bytes")?;
        check(object.meta.content_type == "text/x-curl", format!("{:?}", object.meta))
    })?;
    is(curl(&[], &url)?, "403", None)?;
    let (status, _) =
        curl(&["--request", "DELETE"], &presign(store, PresignMethod::Delete, MINUTE)?)?;
    check(status == "202" || status == "204", format!("a delete was answered {status}"))?;
    is(curl(&[], &presign(store, PresignMethod::Get, MINUTE)?)?, "404", None)
}

/// However long the server takes, in the end the URL grants nothing.
fn ends(store: &BlobStore) -> Checked {
    let url = presign(store, PresignMethod::Get, Duration::from_secs(1))?;
    for _ in 0..600 {
        // Google says that the token has expired.
        if matches!(curl(&[], &url)?.0.as_str(), "403" | "400") {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err("a URL of one second still works".into())
}

fn is((status, body): (String, String), wanted: &str, text: Option<&str>) -> Checked {
    check(status == wanted, format!("{status} in place of {wanted}: {body}"))?;
    check(text.is_none_or(|text| text == body), format!("{body:?} in place of {text:?}"))
}
