//! Writes whose answer is lost after a real server has carried them out.

mod lossy;

use bytes::Bytes;
use lossy::{Loses, Lossy};
use tombolo::blob::{BlobStore, GetOptions, PutCondition, PutOptions};
use tombolo::{ErrorKind, Result};
use tombolo_testkit::servers::{Kind, Server};

type Checked<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A store in an empty place of a server, over a lossy way.
fn store(server: &Server, loses: Loses) -> Checked<(BlobStore, Lossy)> {
    let url = server.new_place()?;
    let host = if url.contains("127.0.0.1:") { "127.0.0.1:" } else { "127.0.0.1%3A" };
    let at = url.find(host).ok_or("not here")? + host.len();
    let digits: String = url[at..].chars().take_while(char::is_ascii_digit).collect();
    let way = Lossy::to(digits.parse()?, loses)?;
    let url = url.replacen(&format!("{host}{digits}"), &format!("{host}{}", way.port()), 1);
    // Azurite has no checksums, which a store learns from a write that is sent twice.
    let more = if url.starts_with("azblob") { "&checksums=false" } else { "" };
    let store = BlobStore::open(&format!("{url}&part_size=5242880{more}"))?;
    Ok((store, way))
}

async fn put(store: &BlobStore, text: &'static str, condition: PutCondition) -> Result<String> {
    let options = PutOptions { condition, ..PutOptions::default() };
    Ok(store.put("a", Bytes::from_static(text.as_bytes()), options).await?.etag)
}

fn is_put(head: &str) -> bool {
    head.starts_with("PUT") && head.contains("tombolowrite")
}

fn is_swap(head: &str) -> bool {
    is_put(head) && head.to_ascii_lowercase().contains("\r\nif-match: ")
}

fn is_end_of_upload(head: &str) -> bool {
    head.contains("comp=blocklist") || head.starts_with("POST") && head.contains("uploadId=")
}

async fn text(store: &BlobStore) -> Checked<String> {
    let object = store.get("a", GetOptions::default()).await?;
    assert_eq!(object.meta.metadata.len(), 0, "{:?}", object.meta);
    Ok(String::from_utf8(object.bytes.to_vec())?)
}

async fn conditional_writes(server: &Server) -> Checked {
    let (store, way) = store(server, is_put)?;
    let one = put(&store, "one", PutCondition::IfAbsent).await?;
    assert!(way.has_lost());
    assert_eq!(text(&store).await?, "one");
    let error = put(&store, "two", PutCondition::IfAbsent).await.err().ok_or("written twice")?;
    assert_eq!(error.kind(), ErrorKind::ConditionNotMet, "{error}");
    // The etag that was told is the object's.
    put(&store, "three", PutCondition::IfMatch(one)).await?;
    assert_eq!(text(&store).await?, "three");
    Ok(())
}

async fn compare_and_swap(server: &Server) -> Checked {
    let (store, way) = store(server, is_swap)?;
    let one = put(&store, "one", PutCondition::None).await?;
    let two = put(&store, "two", PutCondition::IfMatch(one.clone())).await?;
    assert!(way.has_lost());
    assert_eq!(text(&store).await?, "two");
    let error = put(&store, "three", PutCondition::IfMatch(one)).await.err().ok_or("swapped")?;
    assert_eq!(error.kind(), ErrorKind::ConditionNotMet, "{error}");
    put(&store, "three", PutCondition::IfMatch(two)).await?;
    Ok(())
}

async fn ends_of_uploads(server: &Server) -> Checked {
    for condition in [PutCondition::IfAbsent, PutCondition::None] {
        let (store, way) = store(server, is_end_of_upload)?;
        let options = PutOptions { condition, ..PutOptions::default() };
        let mut writer = store.writer("a", options).await?;
        writer.write(Bytes::from(vec![b'x'; 6 << 20])).await?;
        let etag = writer.finish().await?.etag;
        assert!(way.has_lost());
        let object = store.get("a", GetOptions::default()).await?;
        assert_eq!((object.bytes.len(), object.meta.etag), (6 << 20, etag));
    }
    Ok(())
}

async fn all(kind: Kind) -> Checked {
    let server = Server::start(kind)?;
    conditional_writes(&server).await?;
    compare_and_swap(&server).await?;
    ends_of_uploads(&server).await
}

#[tokio::test]
async fn on_azurite_a_write_knows_itself() -> Checked {
    all(Kind::Azurite).await
}

#[tokio::test]
async fn on_seaweedfs_a_write_knows_itself() -> Checked {
    all(Kind::SeaweedFs).await
}

#[tokio::test]
async fn on_moto_a_write_knows_itself() -> Checked {
    all(Kind::Moto).await
}
