//! What a store in a cloud counts.

mod scripts;

use bytes::Bytes;
use scripts::{Checked, answer, azure, busy, lost, metrics, object, s3};
use tombolo::blob::{BlobStore, GetOptions, PutOptions, Requests};
use tombolo_testkit::servers::{Kind, Scripted, Server};

#[tokio::test]
async fn requests_are_counted_by_how_they_end() -> Checked {
    let statuses = ["404 Not Found", "412 Precondition Failed", "400 Bad", "500 Error"];
    let server = Scripted::start(Box::new(move |before, _| match before {
        0 => busy(),
        1 => object(),
        2 => lost(),
        _ => answer(statuses.get(before - 3).unwrap_or(&"200 OK"), "ETag: \"e\"\r\n", b""),
    }))?;
    let store = s3(&server, "")?;
    let put = || store.put("a", Bytes::from_static(b"12345"), PutOptions::default());
    store.get("a", GetOptions::default()).await?;
    for _ in 2..7 {
        assert!(put().await.is_err());
    }
    put().await?;
    let of = metrics(&server)?;
    let expected = Requests {
        ok: 2,
        not_found: 1,
        condition: 1,
        throttled: 1,
        refused: 1,
        server_error: 1,
        no_answer: 1,
        dropped: 0,
    };
    assert_eq!(of.requests, expected);
    assert_eq!((of.retries, of.retries_denied, of.hedges), (1, 0, 0));
    assert_eq!((of.bytes_sent, of.bytes_received), (6 * 5, 2));
    assert_eq!(of.latency.iter().sum::<u64>(), 7, "the one without an answer is in no bucket");
    assert!(!of.latency_sum.is_zero());
    assert_eq!((of.in_flight, of.waiting), (0, 0));
    assert_eq!(of.connections, 8, "each answer ends its connection");
    Ok(())
}

#[tokio::test]
async fn a_request_that_is_cancelled_is_dropped() -> Checked {
    let server = Scripted::start(Box::new(|_, _| {
        std::thread::sleep(std::time::Duration::from_secs(60));
        lost()
    }))?;
    let store = s3(&server, "")?;
    {
        let mut get = std::pin::pin!(store.get("a", GetOptions::default()));
        let soon = std::time::Duration::from_millis(50);
        assert!(tokio::time::timeout(soon, get.as_mut()).await.is_err());
        assert_eq!(metrics(&server)?.in_flight, 1);
    }
    let of = metrics(&server)?;
    assert_eq!((of.in_flight, of.requests.dropped), (0, 1));
    Ok(())
}

#[tokio::test]
async fn a_connection_that_is_used_again_counts_once() -> Checked {
    let server = Server::start(Kind::SeaweedFs)?;
    let url = server.new_place()?;
    let store = BlobStore::open(&url)?;
    for _ in 0..5 {
        store.put("a", Bytes::from_static(b"x"), PutOptions::default()).await?;
        store.get("a", GetOptions::default()).await?;
    }
    let place = url.split('?').next().ok_or("no URL")?;
    let of = tombolo::blob::metrics().into_iter().find(|of| of.url.starts_with(place));
    let of = of.ok_or("no store of this URL")?;
    assert_eq!((of.requests.ok, of.connections), (10, 1));
    Ok(())
}

#[tokio::test]
async fn stores_are_known_by_urls_without_credentials() -> Checked {
    let server = Scripted::start(Box::new(|_, _| object()))?;
    let endpoint = format!("http://127.0.0.1:{}", server.port());
    let key = "c2VjcmV0";
    for (url, shown, service) in [
        (
            format!("azblob://acc/con/p%20q?endpoint={endpoint}&account_key={key}"),
            format!("azblob://acc/con/p%20q?endpoint={endpoint}"),
            "blob.azure",
        ),
        (
            format!("s3://buc?endpoint={endpoint}&access_key=A&secret_key={key}&max_attempts=2"),
            format!("s3://buc?endpoint={endpoint}"),
            "blob.s3",
        ),
    ] {
        for _ in 0..2 {
            BlobStore::open(&url)?.get("a", GetOptions::default()).await?;
        }
        let all = tombolo::blob::metrics();
        let of: Vec<_> = all.iter().filter(|of| of.url == shown).collect();
        assert_eq!(of.len(), 1, "{all:?}");
        assert_eq!((of[0].service, of[0].requests.ok), (service, 2), "two stores of one URL");
        assert!(!format!("{all:?}").contains(key));
    }
    BlobStore::open("azblob://acc/con?credentials=anonymous")?;
    let all = tombolo::blob::metrics();
    assert!(all.iter().any(|of| of.url == "azblob://acc/con"), "{all:?}");
    azure(&server, "")?;
    Ok(())
}
