use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use http::{Method, StatusCode};
use object_store::client::{HttpErrorKind, HttpRequestBody};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::*;
use crate::net::secret::Secret;

/// What a server saw of its connections.
#[derive(Default)]
struct Seen {
    opened: AtomicUsize,
    heads: Mutex<Vec<String>>,
}

impl Seen {
    fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// Answers requests without bodies: what to say, and whether to close the connection then.
type Say = fn(&str) -> (Vec<u8>, bool);

struct Server {
    address: String,
    seen: Arc<Seen>,
    /// A word for each connection that the client has closed.
    gone: mpsc::UnboundedReceiver<()>,
}

async fn server(say: Say) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, gone) = mpsc::unbounded_channel();
    let seen = Arc::new(Seen::default());
    let noted = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            noted.opened.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream, Arc::clone(&noted), say, sender.clone()));
        }
    });
    Server { address, seen, gone }
}

async fn serve(mut stream: TcpStream, seen: Arc<Seen>, say: Say, gone: mpsc::UnboundedSender<()>) {
    let mut input = Vec::new();
    loop {
        while let Some(end) = input.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(input.drain(..end + 4).collect()).unwrap();
            seen.heads.lock().unwrap().push(head.clone());
            let (answer, close) = say(&head);
            stream.write_all(&answer).await.unwrap();
            if close {
                return;
            }
        }
        // What ends the test ends the reading, too.
        if !matches!(stream.read_buf(&mut input).await, Ok(1..)) {
            let _ = gone.send(());
            return;
        }
    }
}

fn client(proxy: Option<String>) -> Http {
    let proxy = proxy.map(|url| Proxy::parse(&Secret::new(url)).unwrap());
    Http::new(
        Connector::new(Tls::new(Vec::new()), proxy, Arc::default()),
        HeaderValue::from_static("me"),
    )
}

fn get(url: &str) -> HttpRequest {
    let request = Request::builder().method(Method::GET).uri(url);
    request.body(HttpRequestBody::empty()).unwrap()
}

async fn whole(http: &Http, url: &str) -> Result<Bytes, HttpError> {
    http.call(get(url)).await?.into_body().bytes().await
}

fn hello(_: &str) -> (Vec<u8>, bool) {
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_vec(), false)
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = server(hello).await;
    let http = client(None);
    let url = format!("http://{}/a?b=c", server.address);
    for _ in 0..10 {
        assert_eq!(whole(&http, &url).await.unwrap(), "hello");
    }
    assert_eq!((server.seen.opened(), server.seen.heads().len()), (1, 10));
    let head = server.seen.heads()[0].to_ascii_lowercase();
    assert!(head.starts_with("get /a?b=c http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("host: {}\r\n", server.address)), "{head}");
    assert!(head.contains("user-agent: me\r\n") && !head.contains("content-length"), "{head}");
}

#[tokio::test]
async fn requests_at_a_time_have_connections_of_their_own_and_leave_them_behind() {
    let server = server(hello).await;
    let http = client(None);
    let url = format!("http://{}/", server.address);
    for _ in 0..3 {
        let answers = futures_util::future::join_all((0..8).map(|_| whole(&http, &url))).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap() == "hello"));
    }
    assert_eq!(server.seen.opened(), 8);
}

#[tokio::test]
async fn a_connection_that_the_service_has_closed_is_not_used() {
    // It closes without having said so.
    let server = server(|head| (hello(head).0, true)).await;
    let http = client(None);
    let url = format!("http://{}/", server.address);
    for _ in 0..5 {
        assert_eq!(whole(&http, &url).await.unwrap(), "hello");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.seen.opened(), 5);
}

#[tokio::test]
async fn a_body_may_come_in_chunks_or_until_the_end_or_not_at_all() {
    let server = server(|head| match head.split(' ').nth(1).unwrap() {
        "/chunks" => {
            let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n";
            (chunks.into(), false)
        }
        "/rest" => (b"HTTP/1.1 200 OK\r\n\r\nabcde".to_vec(), true),
        "/none" => (b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), false),
        "/look" => (b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n".to_vec(), false),
        "/torn" => (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcde".to_vec(), true),
        _ => (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(), false),
    })
    .await;
    let http = client(None);
    let url = |path: &str| format!("http://{}/{path}", server.address);
    assert_eq!(whole(&http, &url("chunks")).await.unwrap(), "abcde");
    assert_eq!(whole(&http, &url("none")).await.unwrap(), "");
    let answer = http.call(get(&url("else"))).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    drop(answer);
    let mut look = get(&url("look"));
    *look.method_mut() = Method::HEAD;
    let answer = http.call(look).await.unwrap();
    assert_eq!(answer.headers()["content-length"], "7");
    assert_eq!(answer.into_body().bytes().await.unwrap(), "");
    assert_eq!(whole(&http, &url("rest")).await.unwrap(), "abcde");
    assert_eq!(server.seen.opened(), 1);
    assert!(whole(&http, &url("torn")).await.is_err());
    assert_eq!(server.seen.opened(), 2);
}

#[tokio::test]
async fn a_body_that_is_dropped_closes_its_connection_and_one_that_was_read_does_not() {
    let half = |_: &str| (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcde".to_vec(), false);
    let mut server = server(half).await;
    let http = client(None);
    let url = format!("http://{}/", server.address);
    let mut pieces = http.call(get(&url)).await.unwrap().into_body().bytes_stream();
    assert_eq!(pieces.try_next().await.unwrap().unwrap(), "abcde");
    assert!(server.gone.try_recv().is_err());
    drop(pieces);
    server.gone.recv().await.unwrap();
    // All of it is there, though nobody has asked for its end.
    let mut server = self::server(hello).await;
    let url = format!("http://{}/", server.address);
    let mut pieces = http.call(get(&url)).await.unwrap().into_body().bytes_stream();
    assert_eq!(pieces.try_next().await.unwrap().unwrap(), "hello");
    drop(pieces);
    assert_eq!(whole(&http, &url).await.unwrap(), "hello");
    assert_eq!(server.seen.opened(), 1);
    drop(http);
    server.gone.recv().await.unwrap();
}

#[tokio::test]
async fn a_proxy_reads_what_is_not_encrypted_and_learns_who_asks() {
    let proxy = server(hello).await;
    let http = client(Some(format!("http://user:pass%3Aword@{}", proxy.address)));
    assert_eq!(whole(&http, "http://s3.test:80/b/a").await.unwrap(), "hello");
    let head = proxy.seen.heads()[0].to_ascii_lowercase();
    assert!(head.starts_with("get http://s3.test:80/b/a http/1.1\r\n"), "{head}");
    assert!(head.contains("host: s3.test\r\n"), "{head}");
    let who = format!("proxy-authorization: {}", "Basic dXNlcjpwYXNzOndvcmQ=".to_ascii_lowercase());
    assert!(head.contains(&who), "{head}");
}

#[tokio::test]
async fn a_proxy_is_asked_for_a_tunnel_to_what_is_encrypted() {
    let refused = |_: &str| (b"HTTP/1.1 403 Forbidden\r\n\r\n".to_vec(), true);
    let proxy = server(refused).await;
    let http = client(Some(format!("http://user:s3cr3t@{}", proxy.address)));
    let error = whole(&http, "https://s3.test/b/a").await.unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Connect, "{error:?}");
    let head = proxy.seen.heads()[0].to_ascii_lowercase();
    assert!(head.starts_with("connect s3.test:443 http/1.1\r\n"), "{head}");
    assert!(head.contains("proxy-authorization: basic "), "{head}");
    let shown = format!("{http:?} {error} {error:?}");
    assert!(!shown.contains("s3cr3t") && !shown.contains("dXNlcjpzM2NyM3Q"), "{shown}");
}

#[tokio::test]
async fn who_speaks_no_tls_is_not_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        }
    });
    let error = whole(&client(None), &url).await.unwrap_err();
    assert_eq!(error.kind(), HttpErrorKind::Connect, "{error:?}");
}

#[tokio::test]
async fn a_connection_that_waits_too_long_is_closed() {
    let mut server = server(hello).await;
    let http = client(None);
    assert_eq!(whole(&http, &format!("http://{}/", server.address)).await.unwrap(), "hello");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(80)).await;
    assert!(server.gone.try_recv().is_err());
    tokio::time::advance(Duration::from_secs(11)).await;
    server.gone.recv().await.unwrap();
    drop(http);
}
