//! What the table of cases leaves out, against the servers of the clouds' protocols: large uploads,
//! prefixes, several runtimes, and that nobody sees a credential.

mod presigned;
mod seen;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use libtest_mimic::{Arguments, Failed, Trial};
use tombolo::blob::{
    BlobStore, CopyOptions, GetOptions, HeadOptions, ListOptions, OpenOptions, PutCondition,
    PutOptions,
};
use tombolo::identity::AccessToken;
use tombolo::{Error, ErrorCode, ErrorKind};
use tombolo_testkit::blob::Body;
use tombolo_testkit::servers::{Kind, Server};

type Checked<T = ()> = Result<T, Failed>;
type Test = fn(&Server) -> Checked;

/// As small as S3 allows.
const PART: &str = "part_size=5242880";
const MIB: u64 = 1 << 20;
/// moto looks at no signature, so it refuses none; nor at the condition of an upload in parts.
const NOT_ON_MOTO: [&str; 3] = [
    "nobody_sees_a_credential",
    "presigned_urls_work_for_others",
    "the_condition_of_an_upload_in_parts_holds",
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // Of this thread, which outlives all tests: a server ends with the thread that started it.
    let servers: Vec<_> = Kind::ALL.into_iter().map(|kind| (kind, Server::start(kind))).collect();
    let tests: [(&str, Test); 8] = [
        ("an_upload_in_parts_is_one_object", |server| upload(server)),
        ("the_condition_of_an_upload_in_parts_holds", |server| conditions(server)),
        ("a_dropped_upload_in_parts_leaves_nothing", |server| dropped(server)),
        ("a_prefix_is_a_store_of_its_own", |server| prefix(server)),
        ("no_increment_is_lost", |server| increments(server)),
        ("a_store_works_on_several_runtimes", |server| runtimes(server)),
        ("presigned_urls_work_for_others", |server| presigned::works(server)),
        ("nobody_sees_a_credential", |server| seen::nothing(server)),
    ];
    let mut trials = Vec::new();
    for (kind, server) in servers {
        let server = server.map(Arc::new).map_err(|why| why.to_string());
        for (name, test) in tests {
            if kind == Kind::Moto && NOT_ON_MOTO.contains(&name) {
                continue;
            }
            let server = server.clone();
            trials.push(Trial::test(format!("{}::{name}", kind.name()), move || test(&*server?)));
        }
    }
    let server = Server::start_azurite_with_tls().map_err(|why| why.to_string());
    let server = server.map(Arc::new);
    let with_tls: [(&str, Test); 2] = [
        ("only_authorities_that_are_trusted_are_taken", |server| tls(server)),
        ("a_token_shows_who_asks", |server| token(server)),
    ];
    for (name, test) in with_tls {
        let server = server.clone();
        trials.push(Trial::test(format!("azurite::{name}"), move || test(&*server?)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn tls(server: &Server) -> Checked {
    let url = server.new_place()?;
    let (untrusted, _) = url.rsplit_once("&ca_file=").ok_or("a URL that trusts nobody")?;
    let (trusting, untrusting) = (BlobStore::open(&url)?, BlobStore::open(untrusted)?);
    block_on(async {
        trusting.put("a", body(), PutOptions::default()).await?;
        check(trusting.get("a", GetOptions::default()).await?.bytes == body(), "other bytes")?;
        let got = untrusting.get("a", GetOptions::default()).await;
        let code = got.err().map(|error| error.code());
        check(code == Some(ErrorCode::Unavailable), format!("{code:?}"))
    })
}

/// Azurite looks at what a token says, and so refuses one for another service.
fn token(server: &Server) -> Checked {
    let url = server.new_place()?;
    let (place, query) = url.split_once('?').ok_or("a URL without a query")?;
    let kept: Vec<_> = query.split('&').filter(|pair| !pair.starts_with("account_key=")).collect();
    let url = format!("{place}?{}", kept.join("&"));
    let open = |token: String| {
        let credential = Some(Arc::new(AccessToken::new(token)) as Arc<_>);
        BlobStore::open_with(&url, OpenOptions { credential, ..OpenOptions::default() })
    };
    let store = open(jwt("https://storage.azure.com")?)?;
    block_on(async {
        store.put("a", body(), PutOptions::default()).await?;
        store.copy("a", "b", CopyOptions::default()).await?;
        check(store.get("b", GetOptions::default()).await?.bytes == body(), "other bytes")?;
        let other = open(jwt("https://vault.azure.net")?)?;
        let code = other.get("a", GetOptions::default()).await.err().map(|error| error.code());
        let is_refused =
            matches!(code, Some(ErrorCode::Unauthenticated | ErrorCode::PermissionDenied));
        check(is_refused, format!("{code:?}"))
    })
}

/// A token as Entra ID makes them (RFC 7519), for an hour, signed by nobody.
fn jwt(audience: &str) -> Checked<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let issuer = "https://sts.windows.net/00000000-0000-0000-0000-000000000000/";
    let header = r#"{"alg":"RS256","typ":"JWT"}"#;
    let claims = format!(
        r#"{{"aud":"{audience}","iss":"{issuer}","iat":{now},"nbf":{now},"exp":{}}}"#,
        now + 3600
    );
    let [header, claims] = [header, &claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    Ok(format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode("nobody")))
}

fn block_on<T>(future: impl Future<Output = Checked<T>>) -> Checked<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

fn check(holds: bool, why: impl Into<String>) -> Checked {
    if holds { Ok(()) } else { Err(why.into().into()) }
}

fn in_parts(server: &Server) -> Checked<BlobStore> {
    Ok(BlobStore::open(&format!("{}&{PART}", server.new_place()?))?)
}

fn body() -> Bytes {
    Body::Pattern { seed: 3, skip: 0, len: 12 * MIB + 5 }.bytes().into()
}

/// Writes the body in pieces that fit no part.
async fn write(store: &BlobStore, options: PutOptions) -> Result<String, Error> {
    let (mut writer, mut rest) = (store.writer("big", options).await?, body());
    while !rest.is_empty() {
        writer.write(rest.split_to(rest.len().min(700_001))).await?;
    }
    Ok(writer.finish().await?.etag)
}

fn upload(server: &Server) -> Checked {
    let store = in_parts(server)?;
    let metadata = [("one".to_owned(), "1".to_owned())].into();
    let options = PutOptions { content_type: "text/plain".into(), metadata, ..Default::default() };
    block_on(async {
        let etag = write(&store, options).await?;
        let object = store.get("big", GetOptions::default()).await?;
        check(object.bytes == body(), "other bytes came back")?;
        check(object.meta.etag == etag, format!("{etag} in place of {:?}", object.meta))?;
        check(object.meta.content_type == "text/plain", format!("{:?}", object.meta))?;
        check(object.meta.metadata.contains_key("one"), format!("{:?}", object.meta))?;
        // A piece of several parts, and a copy of an object that was made of parts.
        let mut writer = store.writer("whole", PutOptions::default()).await?;
        writer.write(body()).await?;
        writer.finish().await?;
        store.copy("whole", "copy", CopyOptions::default()).await?;
        check(store.get("copy", GetOptions::default()).await?.bytes == body(), "another copy")
    })
}

fn conditions(server: &Server) -> Checked {
    let store = in_parts(server)?;
    block_on(async {
        let when = |condition| PutOptions { condition, ..PutOptions::default() };
        let first = write(&store, when(PutCondition::IfAbsent)).await?;
        let lost = write(&store, when(PutCondition::IfAbsent)).await;
        not_met(lost)?;
        not_met(write(&store, when(PutCondition::IfMatch("other".into()))).await)?;
        let head = store.head("big", HeadOptions::default()).await?;
        check(head.etag == first, "a write took place whose condition did not hold")?;
        write(&store, when(PutCondition::IfMatch(first))).await?;
        Ok(())
    })
}

fn not_met(result: Result<String, Error>) -> Checked {
    match result {
        Err(error) if error.kind() == ErrorKind::ConditionNotMet => Ok(()),
        other => Err(format!("{other:?} in place of a condition that is not met").into()),
    }
}

fn dropped(server: &Server) -> Checked {
    let store = in_parts(server)?;
    block_on(async {
        let mut writer = store.writer("big", PutOptions::default()).await?;
        writer.write(body()).await?;
        drop(writer);
        let head = store.head("big", HeadOptions::default()).await;
        let code = head.err().map(|error| error.code());
        check(code == Some(ErrorCode::NotFound), format!("{code:?}"))?;
        let page = store.list(ListOptions::default())?.next_page().await?;
        check(page.is_none(), format!("{page:?}"))
    })
}

fn prefix(server: &Server) -> Checked {
    let url = server.new_place()?;
    let all = BlobStore::open(&url)?;
    let (place, query) = url.split_once('?').ok_or("a URL without a query")?;
    let inner = BlobStore::open(&format!("{place}/x/y%20z?{query}"))?;
    block_on(async {
        all.put("x/outside", Bytes::new(), PutOptions::default()).await?;
        inner.put("a/b", Bytes::from_static(b"1"), PutOptions::default()).await?;
        inner.rename("a/b", "a/c", CopyOptions::default()).await?;
        inner.head("a/c", HeadOptions::default()).await?;
        for (store, wanted) in [(&all, vec!["x/outside", "x/y z/a/c"]), (&inner, vec!["a/c"])] {
            let page = store.list(ListOptions::default())?.next_page().await?.unwrap_or_default();
            let keys: Vec<_> = page.objects.iter().map(|object| object.key.as_str()).collect();
            check(keys == wanted, format!("{keys:?} in place of {wanted:?}"))?;
        }
        let options = ListOptions { delimiter: Some('/'), ..ListOptions::default() };
        let page = inner.list(options)?.next_page().await?.unwrap_or_default();
        check(page.prefixes == ["a/"], format!("{page:?}"))
    })
}

/// Several tasks count in one object, each by a compare-and-swap on its etag. The content differs
/// from version to version, so it holds also where the etag is made of the content.
fn increments(server: &Server) -> Checked {
    const TASKS: usize = 4;
    const ROUNDS: usize = 10;
    let store = BlobStore::open(&server.new_place()?)?;
    block_on(async {
        store.put("counter", Bytes::from_static(b"0"), PutOptions::default()).await?;
        let tasks = (0..TASKS).map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..ROUNDS {
                    while !increment(&store).await.map_err(|why| format!("{why:?}"))? {}
                }
                Ok::<(), String>(())
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await??;
        }
        let bytes = store.get("counter", GetOptions::default()).await?.bytes;
        let all = (TASKS * ROUNDS).to_string();
        check(bytes == all, format!("{bytes:?} in place of {all}"))
    })
}

/// Whether it was this task's turn.
async fn increment(store: &BlobStore) -> Checked<bool> {
    let object = store.get("counter", GetOptions::default()).await?;
    let next = std::str::from_utf8(&object.bytes)?.parse::<usize>()? + 1;
    let condition = PutCondition::IfMatch(object.meta.etag);
    let options = PutOptions { condition, ..PutOptions::default() };
    match store.put("counter", Bytes::from(next.to_string()), options).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::ConditionNotMet => Ok(false),
        // Two at once, of which neither was first.
        Err(error) if error.code() == ErrorCode::Aborted => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A connection belongs to the runtime that made it; when that is gone, another must not use it.
fn runtimes(server: &Server) -> Checked {
    let store = BlobStore::open(&server.new_place()?)?;
    for round in 0..5 {
        block_on(async {
            store.put("a", Bytes::from(round.to_string()), PutOptions::default()).await?;
            let bytes = store.get("a", GetOptions::default()).await?.bytes;
            check(bytes == round.to_string(), "another round's bytes")
        })?;
    }
    Ok(())
}
