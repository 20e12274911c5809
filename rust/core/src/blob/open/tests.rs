#[cfg(feature = "folder")]
use std::path::Path;

use super::*;
use crate::ErrorCode;
use crate::url::MAX_URL;

fn open(url: &str) -> Result<Arc<dyn Backend>> {
    super::open(url, OpenOptions::default())
}

fn why(url: &str) -> String {
    let error = open(url).err().unwrap_or_else(|| panic!("{url} was opened"));
    assert_eq!(error.code(), ErrorCode::InvalidArgument, "{url}: {error}");
    assert!(error.message().starts_with("url: "), "{error}");
    error.message().to_owned()
}

#[cfg(feature = "folder")]
#[test]
fn file_urls_name_a_local_absolute_path() {
    for (place, path) in [
        ("///var/lib/blobs", "/var/lib/blobs"),
        ("//localhost/var", "/var"),
        ("//LOCALHOST/var", "/var"),
        ("/var", "/var"),
        ("///a%20b/%E2%82%AC/100%25", "/a b/€/100%"),
        ("///a//b/../c/", "/a//b/../c/"),
    ] {
        assert_eq!(local_path(place).unwrap().as_os_str(), Path::new(path).as_os_str(), "{place}");
    }
}

#[cfg(feature = "folder")]
#[test]
fn other_file_urls_are_refused_with_the_cause() {
    for (url, cause) in [
        ("file://host/var", "\"host\" is another host"),
        ("file:var", "absolute"),
        ("file:", "absolute"),
        ("file://", "absolute"),
        ("file:///a%00b", "NUL"),
        ("file:///a%2", "without two digits"),
        ("file:///a%+1", "without two digits"),
        ("file:///a b", "percent-encoded"),
        ("file:///a#b", "percent-encoded"),
        ("file:///a?durable=maybe", "\"durable\" is \"maybe\", it must be true or false"),
        ("file:///a?durable", "\"durable\" is \"\""),
        ("file:///a?max_running=0", "from 1 on"),
        ("file:///a?max_running=-1", "from 1 on"),
        ("file:///a?max_get=0", "\"max_get\" is \"0\", it must be a number from 1 on"),
        ("file:///a?max_get=1GiB", "from 1 on"),
        ("file:///a?max_open=-1", "\"max_open\" is \"-1\", it must be a number"),
        ("file:///a?max_open=", "\"max_open\" is \"\", it must be a number"),
        ("file:///a?max_open=many", "must be a number"),
        ("file:///a?max_open=1&max_open=1", "given twice"),
        ("file:///a?create=true&create=true", "given twice"),
        ("file:///a?root=b", "\"root\" is not known; known are create, durable, max_running"),
    ] {
        let why = why(url);
        assert!(why.contains(cause), "{url}: {why}");
    }
}

#[cfg(feature = "folder")]
#[test]
fn parameters_of_a_folder() {
    let options =
        folder_options("create=false&durable=false&max_running=3&max_queued=%30&max_get=5")
            .unwrap();
    assert!(!options.create && !options.durable);
    assert_eq!((options.max_running, options.max_queued, options.max_get), (3, 0, 5));
    assert_eq!(folder_options("max_open=0").unwrap().max_open, 0);
    assert_eq!(folder_options("max_open=7").unwrap().max_open, 7);
    assert_eq!(options.max_open, 64);
    let default = folder_options("").unwrap();
    assert!(default.create && default.durable);
    assert_eq!(default.max_get, 1 << 30);
}

#[cfg(all(feature = "folder", feature = "memory"))]
#[test]
fn other_schemes_are_refused_with_what_is_known() {
    for (url, cause) in [
        ("http://host/", "\"http\" is not known; this build knows"),
        ("/var/lib", "no scheme"),
        ("", "no scheme"),
        ("mem://name", "without slashes"),
        ("mem:%00", "NUL"),
        ("mem:%ff", "not UTF-8"),
        ("mem:?max_bytes=1k", "a number of bytes"),
        ("mem:?durable=true", "known are max_bytes"),
    ] {
        let why = why(url);
        assert!(why.contains(cause), "{url}: {why}");
    }
    let long = why(&format!("mem:{}", "n".repeat(MAX_URL)));
    assert!(long.len() < 100, "{long}");
}

#[cfg(feature = "memory")]
#[test]
fn stores_in_memory_open() {
    for url in ["mem:", "mem:open-test", "MEM:", "mem:a%2Fb?max_bytes=10"] {
        assert!(open(url).is_ok(), "{url}");
    }
}

#[cfg(not(any(feature = "azure", feature = "gcs", feature = "s3")))]
#[test]
fn clouds_are_refused_where_they_were_left_out() {
    for (url, feature) in
        [("azblob://a/b", "`azure`"), ("gs://b", "`gcs`"), ("s3://b", "`s3`"), ("S3://b", "`s3`")]
    {
        let why = why(url);
        assert!(why.contains(feature) && why.contains("TOMBOLO_BACKENDS"), "{why}");
    }
}

#[cfg(any(feature = "folder", feature = "memory"))]
#[test]
fn no_message_shows_what_follows_the_question_mark() {
    for url in
        ["?sas=secret:a", "no-scheme?sas=secret", "ftp://host?sas=secret%zz", "mem:?a=secret"]
    {
        assert!(!why(url).contains("secret"), "{url}: {}", why(url));
    }
}

#[cfg(not(feature = "folder"))]
#[test]
fn a_folder_is_refused_where_it_was_left_out() {
    let why = why("file:///var/lib/blobs");
    assert!(why.contains("`folder`") && why.contains("TOMBOLO_BACKENDS"), "{why}");
    assert!(why.contains("this build knows") && !why.contains("knows `file`"), "{why}");
}

#[cfg(not(feature = "memory"))]
#[test]
fn memory_is_refused_where_it_was_left_out() {
    let why = why("mem:");
    assert!(why.contains("`memory`") && why.contains("TOMBOLO_BACKENDS"), "{why}");
    assert!(why.contains("this build knows") && !why.contains("`mem`,"), "{why}");
}

#[cfg(feature = "memory")]
#[test]
fn a_credential_is_refused_where_nobody_takes_one() {
    let credential = Some(Arc::new(crate::identity::AccessToken::new("secret")) as Arc<_>);
    let error =
        super::open("mem:", OpenOptions { credential, ..OpenOptions::default() }).err().unwrap();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert!(error.message().starts_with("credential: "), "{error}");
}
