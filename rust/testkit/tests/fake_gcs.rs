//! The testkit's Google Cloud Storage, by requests that are written by hand, and by Google's own
//! client for Python: what the backend's tests rest on does not rest on the backend.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use tombolo::blob::{BlobStore, PutOptions};
use tombolo_testkit::blob::Body;
use tombolo_testkit::servers::FakeGcs;

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

const UNIT: usize = 256 << 10;

/// A server with a bucket `b`, and a token for it.
struct Fake {
    server: FakeGcs,
    token: String,
}

/// Status, headers in lower case, and body.
struct Answer {
    status: u16,
    headers: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        self.headers.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default()
    }
}

impl Fake {
    fn start() -> Checked<Self> {
        let server = FakeGcs::start()?;
        server.new_place("b");
        let token = server.new_token()?;
        Ok(Self { server, token })
    }

    fn send(&self, line: &str, headers: &str, body: &[u8]) -> Checked<Answer> {
        self.send_as(&format!("Authorization: Bearer {}\r\n{headers}", self.token), line, body)
    }

    fn send_as(&self, headers: &str, line: &str, body: &[u8]) -> Checked<Answer> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.server.port()))?;
        let head = format!(
            "{line} HTTP/1.1\r\nHost: fake\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat())?;
        let mut input = BufReader::new(stream);
        let (mut all, mut status) = (String::new(), String::new());
        input.read_line(&mut status)?;
        loop {
            let mut line = String::new();
            input.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            all.push_str(&format!("{}: {value}\n", name.to_ascii_lowercase()));
        }
        let mut body = Vec::new();
        input.read_to_end(&mut body)?;
        let status = status.split(' ').nth(1).ok_or("no status")?.parse()?;
        Ok(Answer { status, headers: all, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// The status of a request without a body.
    fn status(&self, line: &str, headers: &str) -> Checked<u16> {
        Ok(self.send(line, headers, b"")?.status)
    }
}

#[test]
fn the_generation_is_what_conditions_are_about() -> Checked {
    let fake = Fake::start()?;
    let put = |headers: &str| fake.send("PUT /b/a", headers, b"x");
    let first = put("x-goog-if-generation-match: 0\r\n")?;
    let generation = first.header("x-goog-generation").to_owned();
    assert_eq!(first.status, 200);
    assert_ne!(first.header("etag").trim_matches('"'), generation, "etags are no generations");
    assert_eq!(put("x-goog-if-generation-match: 0\r\n")?.status, 412);
    let matching = format!("x-goog-if-generation-match: {generation}\r\n");
    assert_eq!(fake.status("GET /b/a", &matching)?, 200);
    assert_eq!(put(&matching)?.status, 200);
    let late = put(&matching)?;
    assert_eq!((late.status, late.body.contains("<Code>PreconditionFailed</Code>")), (412, true));
    assert_eq!(fake.status("GET /b/a", &matching)?, 412);
    assert_eq!(fake.status("DELETE /b/a", &matching)?, 412);
    assert_eq!(fake.status("DELETE /b/a", "")?, 204);
    assert_eq!(fake.status("DELETE /b/a", "")?, 404);
    assert_eq!(fake.status("GET /b/a", &matching)?, 404);
    Ok(())
}

#[test]
fn what_is_not_known_is_refused() -> Checked {
    let fake = Fake::start()?;
    assert_eq!(fake.send("PUT /b/a", "", b"x")?.status, 200);
    for header in [
        "If-Match: \"1\"\r\n",
        "If-None-Match: *\r\n",
        "x-goog-if-generation-not-match: 1\r\n",
        "x-goog-if-generation-match: one\r\n",
        "x-amz-meta-a: b\r\n",
    ] {
        assert_eq!(fake.status("GET /b/a", header)?, 400, "{header}");
    }
    for line in [
        "GET /b/a?generation=1",
        "GET /b/a%zz",
        "GET /b/a\u{fc}",
        "GET /storage/v1/b/b/o?max=1",
        "GET /storage/v1/b/b/o?maxResults=0",
        "GET /storage/v1/b/b/o?pageToken=x",
        "GET /storage/v1/b/b/o?fields=items(",
        "POST /upload/storage/v1/b/b/o?uploadType=resumable&name=a&acl=public",
        "POST /storage/v1/b/b/o/a/rewriteTo/b/b/o/c?rewriteToken=x",
    ] {
        assert_eq!(fake.status(line, "")?, 400, "{line}");
    }
    assert_eq!(fake.status("GET /storage/v1/b/none/o", "")?, 404);
    assert_eq!(fake.status("GET /storage/v1/b/b", "")?, 501);
    let broken = fake.send("PUT /b/a", "x-goog-hash: crc32c=AAAAAA==\r\n", b"x")?;
    assert!(broken.status == 400 && broken.body.contains("BadDigest"), "{}", broken.body);
    Ok(())
}

#[test]
fn nobody_comes_in_without_a_token_that_is_good() -> Checked {
    let fake = Fake::start()?;
    for (headers, status) in [
        (String::new(), 401),
        ("Authorization: Bearer ya29.made-up\r\n".to_owned(), 401),
        (format!("Authorization: Bearer {}\r\n", fake.token), 200),
    ] {
        for line in ["GET /storage/v1/b/b/o", "PUT /b/a"] {
            assert_eq!(fake.send_as(&headers, line, b"")?.status, status, "{headers} {line}");
        }
    }
    fake.server.revoke_tokens();
    let refused = fake.send("GET /storage/v1/b/b/o", "", b"")?;
    assert!(refused.status == 401 && refused.body.contains("authError"), "{}", refused.body);
    for form in ["", "grant_type=x&assertion=a.b.c", "assertion=e30.e30.e30"] {
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        assert_eq!(fake.send_as(kind, "POST /token", form.as_bytes())?.status, 400, "{form}");
    }
    let unsigned = "GET /b/a?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=00";
    assert_eq!(fake.send_as("", unsigned, b"")?.status, 400);
    Ok(())
}

#[test]
fn a_session_takes_its_parts_in_order() -> Checked {
    let fake = Fake::start()?;
    let begin = "POST /upload/storage/v1/b/b/o?uploadType=resumable&name=s&ifGenerationMatch=0";
    let begun =
        fake.send(begin, "Content-Type: application/json\r\n", br#"{"metadata":{"a":"1"}}"#)?;
    let at = begun.header("location").find("/upload").ok_or("no session")?;
    let put = format!("PUT {}", begun.header("location").get(at..).unwrap_or_default());
    let part = |range: &str, size: usize| {
        fake.send(&put, &format!("Content-Range: bytes {range}\r\n"), &vec![7; size])
    };
    assert_eq!(part("0-9/*", 10)?.status, 400, "no multiple of 256 KiB");
    assert_eq!(part(&format!("0-{}/*", UNIT - 1), UNIT - 1)?.status, 400, "another length");
    assert_eq!(part(&format!("{UNIT}-{}/*", 2 * UNIT - 1), UNIT)?.status, 400, "a gap");
    let first = part(&format!("0-{}/*", UNIT - 1), UNIT)?;
    assert_eq!((first.status, first.header("range")), (308, "bytes=0-262143"));
    // Of every second part it keeps a half.
    let second = part(&format!("{UNIT}-{}/*", 3 * UNIT - 1), 2 * UNIT)?;
    assert_eq!((second.status, second.header("range")), (308, "bytes=0-524287"));
    let asked = fake.send(&put, "Content-Range: bytes */*\r\nX-GUploader-No-308: yes\r\n", b"")?;
    assert_eq!((asked.status, asked.header("x-http-status-code-override")), (200, "308"));
    // From before what is there on, which is ignored, to the end.
    let last = part(&format!("{UNIT}-{}/{}", 2 * UNIT + 4, 2 * UNIT + 5), UNIT + 5)?;
    assert!(last.status == 200 && last.body.contains("\"size\":\"524293\""), "{}", last.body);
    assert_eq!(part("*/524293", 0)?.status, 200, "a session that is over says so again");
    let object = fake.send("GET /b/s", "", b"")?;
    assert_eq!((object.body.len(), object.header("x-goog-meta-a")), (2 * UNIT + 5, "1"));
    Ok(())
}

#[test]
fn a_sessions_condition_is_judged_at_its_end_and_a_session_may_be_given_up() -> Checked {
    let fake = Fake::start()?;
    let begin = "POST /upload/storage/v1/b/b/o?uploadType=resumable&name=s&ifGenerationMatch=0";
    for (method, status) in [("PUT", 412), ("DELETE", 499)] {
        let begun = fake.send(begin, "", b"")?;
        let at = begun.header("location").find("/upload").ok_or("no session")?;
        let line = format!("{method} {}", begun.header("location").get(at..).unwrap_or_default());
        assert_eq!(fake.send("PUT /b/s", "", b"x")?.status, 200);
        assert_eq!(fake.status(&line, "Content-Range: bytes */0\r\n")?, status);
        if method == "DELETE" {
            assert_eq!(fake.status(&line, "")?, 404);
        }
    }
    Ok(())
}

#[tokio::test]
async fn googles_own_client_agrees() -> Checked {
    let fake = Fake::start()?;
    let store = BlobStore::open(&format!("{}&part_size=5242880", fake.server.new_place("b")))?;
    let metadata = [("one".to_owned(), "1".to_owned())].into();
    let options =
        PutOptions { content_type: "text/x-store".into(), metadata, ..PutOptions::default() };
    let body = Bytes::from_static(b"by the store");
    store.put("from the store/\u{fc}?.txt", body, options.clone()).await?;
    let mut writer = store.writer("large", options).await?;
    let large = Body::Pattern { seed: 3, skip: 0, len: (12 << 20) + 5 };
    writer.write(large.bytes().into()).await?;
    writer.finish().await?;
    let python =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../build/servers/python/bin/python");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake_gcs/client.py");
    let mut client = Command::new(&python);
    client.arg(script).arg(fake.server.port().to_string()).arg(fake.server.key_file()).arg("b");
    let ended = client
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .map_err(|why| format!("{python:?} does not run ({why}): run `make setup`"))?;
    let words = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "it fails; if a module is missing, run `make setup`:\n{words}");
    assert_eq!(ended.stdout, b"done\n");
    let copied = store.get("client/session", Default::default()).await?;
    assert_eq!(copied.meta.content_type, "application/x-session");
    Ok(())
}
