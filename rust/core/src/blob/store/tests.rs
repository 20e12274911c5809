use std::future::{pending, ready};

use super::*;
use crate::ErrorKind;
use crate::blob::{BackendWriter, BoxFuture, ByteRange, PutCondition};

/// A backend that can do nothing, and must not be asked for what is refused.
#[derive(Default)]
struct Bare(Capabilities);

fn asked<T: Send + 'static>(what: &str) -> BoxFuture<'static, Result<T>> {
    let message = format!("asked: {what}");
    Box::pin(ready(Err(Error::new(ErrorCode::Unknown, message))))
}

impl Backend for Bare {
    fn service(&self) -> &'static str {
        "blob.bare"
    }
    fn placement(&self) -> Placement {
        Placement::Worker
    }
    fn capabilities(&self) -> Capabilities {
        self.0
    }
    fn get(&self, _: Key, _: GetOptions) -> BoxFuture<'_, Result<Object>> {
        asked("get")
    }
    fn head(&self, _: Key, _: HeadOptions) -> BoxFuture<'_, Result<ObjectMeta>> {
        asked("head")
    }
    fn put(&self, _: Key, _: Bytes, _: PutOptions) -> BoxFuture<'_, Result<PutResult>> {
        asked("put")
    }
    fn reader(&self, _: Key, _: GetOptions) -> BoxFuture<'_, Result<BlobReader>> {
        asked("reader")
    }
    fn writer(&self, _: Key, _: PutOptions) -> BoxFuture<'_, Result<Box<dyn BackendWriter>>> {
        Box::pin(ready(Ok(Box::new(Stuck) as Box<dyn BackendWriter>)))
    }
    fn delete(&self, _: Key, _: DeleteOptions) -> BoxFuture<'_, Result<()>> {
        asked("delete")
    }
    fn delete_many(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Vec<DeleteOutcome>>> {
        let failed = |key: Key| DeleteOutcome {
            key: key.into_string(),
            result: Err(Error::new(ErrorCode::Unknown, "asked")),
        };
        Box::pin(ready(Ok(keys.into_iter().map(failed).collect())))
    }
    fn copy(&self, _: Key, _: Key, _: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        asked("copy")
    }
    fn rename(&self, _: Key, _: Key, _: CopyOptions) -> BoxFuture<'_, Result<PutResult>> {
        asked("rename")
    }
    fn list(&self, _: ListOptions) -> Lister {
        Lister::new(futures_util::stream::once(asked("list")))
    }
}

/// A writer that never answers a write.
struct Stuck;

impl BackendWriter for Stuck {
    fn write(&mut self, _: Bytes) -> BoxFuture<'_, Result<()>> {
        Box::pin(pending())
    }
    fn finish(&mut self) -> BoxFuture<'_, Result<PutResult>> {
        Box::pin(ready(Ok(PutResult { etag: "t".into() })))
    }
}

fn bare() -> BlobStore {
    BlobStore::from_backend(Arc::new(Bare::default()))
}

fn refused<T: fmt::Debug>(result: Result<T>, code: ErrorCode, why: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(error.message().contains(why), "{error} lacks {why:?}");
    assert_eq!(error.service(), "blob.bare", "{error}");
    assert!(!error.operation().is_empty(), "{error}");
}

#[tokio::test]
async fn bad_keys_are_refused_by_name() {
    let store = bare();
    let invalid = ErrorCode::InvalidArgument;
    refused(store.get("", GetOptions::default()).await, invalid, "key: it is empty");
    refused(store.get_into("", [0; 4], GetOptions::default()).await, invalid, "key: it is empty");
    refused(store.head("a\0", HeadOptions::default()).await, invalid, "NUL at byte 1");
    refused(store.copy("", "b", CopyOptions::default()).await, invalid, "from: it is empty");
    refused(store.rename("a", "", CopyOptions::default()).await, invalid, "to: it is empty");
    refused(store.copy("a", "a", CopyOptions::default()).await, invalid, "to: it is the same");
}

#[tokio::test]
async fn bad_conditions_and_ranges_are_refused_by_name() {
    let store = bare();
    let invalid = ErrorCode::InvalidArgument;
    let tag = |tag: &str| Some(tag.to_owned());
    let get = GetOptions { range: ByteRange::Suffix(0), ..Default::default() };
    refused(store.get("k", get.clone()).await, invalid, "range: ");
    refused(store.get_into("k", [0; 4], get).await, invalid, "range: ");
    let get = GetOptions { if_match: tag(""), ..Default::default() };
    refused(store.reader("k", get).await, invalid, "if_match: ");
    let head = HeadOptions { if_none_match: tag("*"), ..Default::default() };
    refused(store.head("k", head).await, invalid, "if_none_match: ");
    let delete = DeleteOptions { if_match: tag("a\r\nb") };
    refused(store.delete("k", delete).await, invalid, "if_match: not printable");
    let condition = PutCondition::IfMatch("x".repeat(1025));
    let put = PutOptions { condition, ..Default::default() };
    refused(store.put("k", Bytes::new(), put).await, invalid, "condition: ");
}

#[tokio::test]
async fn what_the_backend_has_not_declared_is_not_asked() {
    let store = bare();
    let no = ErrorCode::Unimplemented;
    for condition in [PutCondition::IfAbsent, PutCondition::IfMatch("t".into())] {
        let put = PutOptions { condition, ..Default::default() };
        refused(store.put("k", Bytes::new(), put.clone()).await, no, "condition: ");
        refused(store.writer("k", put).await, no, "condition: ");
    }
    let put = PutOptions { content_type: "text/plain".into(), ..Default::default() };
    refused(store.put("k", Bytes::new(), put).await, no, "metadata: ");
    let delete = DeleteOptions { if_match: Some("t".into()) };
    refused(store.delete("k", delete).await, no, "if_match: ");
    refused(store.copy("a", "b", CopyOptions { if_absent: true }).await, no, "if_absent: ");
    refused(store.rename("a", "b", CopyOptions { if_absent: true }).await, no, "if_absent: ");
    let get = PresignMethod::Get;
    refused(store.presign("k", get, Duration::from_secs(60)).await, no, "presign: ");
    let invalid = ErrorCode::InvalidArgument;
    refused(store.presign("k", get, Duration::ZERO).await, invalid, "expires_in: ");
    refused(store.presign("k", get, Duration::MAX).await, invalid, "expires_in: ");
}

#[tokio::test]
async fn errors_of_the_backend_get_their_origin() {
    let store = bare();
    for (error, operation) in [
        (store.get("k", GetOptions::default()).await.unwrap_err(), "get"),
        (store.put("k", Bytes::new(), PutOptions::default()).await.unwrap_err(), "put"),
        (store.list(ListOptions::default()).unwrap().next_page().await.unwrap_err(), "list"),
    ] {
        assert_eq!((error.operation(), error.code()), (operation, ErrorCode::Unknown));
    }
}

#[tokio::test]
async fn bad_metadata_is_refused_with_the_entry() {
    let store = bare();
    for (name, value, why) in [
        ("", "v", "the name \"\""),
        ("Upper", "v", "the name \"Upper\""),
        ("1st", "v", "beginning with a letter"),
        ("a b", "v", "the name \"a b\""),
        (&*"n".repeat(129), "v", "1 to 128"),
        ("a", "v\n", "the value of \"a\" holds a control"),
        ("a", "\u{85}", "control"),
        ("a", &*"v".repeat(2048), "2049 bytes, the limit is 2048"),
    ] {
        let metadata = [(name.to_owned(), value.to_owned())].into();
        let put = PutOptions { metadata, ..Default::default() };
        let result = store.put("k", Bytes::new(), put).await;
        refused(result, ErrorCode::InvalidArgument, why);
    }
    let put = PutOptions { content_type: "text/plain\r\n".into(), ..Default::default() };
    let result = store.put("k", Bytes::new(), put).await;
    refused(result, ErrorCode::InvalidArgument, "content_type: ");
}

#[test]
fn bad_listings_are_refused_by_name() {
    let refuse = |options, why| refused(bare().list(options), ErrorCode::InvalidArgument, why);
    let default = ListOptions::default;
    refuse(ListOptions { page_size: 0, ..default() }, "page_size: it is 0");
    refuse(ListOptions { page_size: 10_001, ..default() }, "page_size: it is 10001");
    refuse(ListOptions { delimiter: Some(','), ..default() }, "delimiter: it is ','");
    refuse(ListOptions { prefix: "p".repeat(1025), ..default() }, "prefix: ");
    refuse(ListOptions { start_after: "a\0".into(), ..default() }, "start_after: ");
}

#[tokio::test]
async fn outcomes_come_in_the_order_of_the_keys() {
    let keys: Vec<String> = ["", "a", "b\0", "", "c", ""].map(String::from).into();
    let outcomes = bare().delete_many(keys.clone()).await.unwrap();
    assert_eq!(outcomes.iter().map(|o| o.key.clone()).collect::<Vec<_>>(), keys);
    for outcome in outcomes {
        let bad = outcome.key.is_empty() || outcome.key.contains('\0');
        let error = outcome.result.unwrap_err();
        assert_eq!(error.code() == ErrorCode::InvalidArgument, bad, "{error}");
        assert_eq!(error.operation(), "delete_many");
    }
    let many = vec!["k".to_owned(); 10_001];
    refused(bare().delete_many(many).await, ErrorCode::InvalidArgument, "keys: there are 10001");
    assert!(bare().delete_many(Vec::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_dropped_write_gives_the_object_up() {
    let mut writer = bare().writer("k", PutOptions::default()).await.unwrap();
    writer.write(Bytes::new()).await.unwrap();
    let write = Box::pin(writer.write(Bytes::from_static(b"x")));
    assert!(futures_util::FutureExt::now_or_never(write).is_none());
    refused(writer.finish().await, ErrorCode::FailedPrecondition, "given up");
    refused(writer.write(Bytes::new()).await, ErrorCode::FailedPrecondition, "given up");
}

#[tokio::test]
async fn a_finished_writer_says_so() {
    let mut writer = bare().writer("k", PutOptions::default()).await.unwrap();
    writer.finish().await.unwrap();
    for result in [writer.finish().await.map(drop), writer.write(Bytes::new()).await] {
        let error = result.unwrap_err();
        assert_eq!(error.code(), ErrorCode::FailedPrecondition);
        assert_eq!(error.kind(), ErrorKind::General);
        assert!(error.message().contains("finished"), "{error}");
    }
}

#[tokio::test]
async fn operations_can_be_spawned() {
    let store = BlobStore::open("mem:").unwrap();
    let clone = store.clone();
    let put = async move { clone.put("k", Bytes::new(), PutOptions::default()).await };
    tokio::spawn(put).await.unwrap().unwrap();
    let clone = store.clone();
    let all = async move {
        let mut list = clone.list(ListOptions::default())?;
        let page = list.next_page().await?;
        let mut writer = clone.writer("w", PutOptions::default()).await?;
        writer.finish().await?;
        clone.delete_many(vec!["k".into()]).await?;
        Ok::<_, Error>(page)
    };
    assert_eq!(tokio::spawn(all).await.unwrap().unwrap().unwrap().objects.len(), 1);
}
