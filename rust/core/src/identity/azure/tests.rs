//! What takes time, on a clock that stands still unless everybody waits. Who is asked here answers
//! as it is told; whether what it is asked is right, the testkit's strict servers say.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::*;
use crate::Call;

const SCOPE: &str = "https://a/.default";

/// A server that gives these answers, one after the other, and then the last one again; an empty
/// one is none at all.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Instant>>>,
}

impl Server {
    async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, answers) = (Arc::clone(&asked), Arc::new(Mutex::new(VecDeque::from(answers))));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&noted), Arc::clone(&answers)));
            }
        });
        Self { url, asked }
    }

    /// When each request came, in seconds after the first.
    fn asked(&self) -> Vec<f64> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|at| at.duration_since(asked[0]).as_secs_f64()).collect()
    }
}

type Shared<T> = Arc<Mutex<T>>;

async fn serve(
    mut stream: TcpStream,
    asked: Shared<Vec<Instant>>,
    answers: Shared<VecDeque<String>>,
) {
    let mut input = Vec::new();
    while let Ok(1..) = stream.read_buf(&mut input).await {
        if !input.ends_with(b"\r\n\r\n") {
            continue;
        }
        input.clear();
        asked.lock().unwrap().push(Instant::now());
        let answer = {
            let mut answers = answers.lock().unwrap();
            if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
        };
        stream.write_all(answer.unwrap().as_bytes()).await.unwrap();
    }
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} -\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn throttled(retry_after: &str) -> String {
    answer(429, &format!("Retry-After: {retry_after}\r\n"), "")
}

fn good() -> String {
    let body = r#"{"access_token":"a-token","expires_in":"3600","token_type":"Bearer"}"#;
    answer(200, "", body)
}

fn read(url: &str) -> Azure {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    Azure::new(Options::read(place, query, &|_| None).unwrap()).unwrap()
}

fn machine(server: &Server) -> Azure {
    read(&format!("managed?metadata_endpoint={}", server.url))
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_to_be_waited_is_waited() {
    let server = Server::start(vec![throttled("7"), throttled("5"), good()]).await;
    assert_eq!(machine(&server).ask(SCOPE).await.unwrap().expose(), "a-token");
    let [first, second, third] = server.asked()[..] else { panic!("{:?}", server.asked()) };
    assert_eq!(first, 0.0);
    assert!((7.0..8.0).contains(&second), "{second}");
    assert!((5.0..6.1).contains(&(third - second)), "{third}");
}

#[tokio::test(start_paused = true)]
async fn what_asks_for_too_much_is_told_at_once() {
    let server = Server::start(vec![throttled("600"), good()]).await;
    let began = Instant::now();
    let error = machine(&server).ask(SCOPE).await.unwrap_err();
    let said = "managed: the instance metadata has answered 429, and asks to wait 600 s";
    assert_eq!((error.message(), error.retryable()), (said, true));
    assert_eq!((server.asked().len(), began.elapsed().as_secs()), (1, 0));
    // The same where the deadline comes before.
    let server = Server::start(vec![throttled("7"), good()]).await;
    let soon = std::time::Instant::now() + Duration::from_secs(5);
    let call = Call::default().until(soon);
    call.run(machine(&server).ask(SCOPE)).await.unwrap_err();
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_stays_out_of_order_is_given_up_soon() {
    let server = Server::start(vec![answer(503, "", "")]).await;
    let began = Instant::now();
    let error = machine(&server).ask(SCOPE).await.unwrap_err();
    assert_eq!((error.code(), error.service_status()), (ErrorCode::Unavailable, 503));
    assert_eq!(server.asked().len(), 4);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_never_answers_is_given_up() {
    let server = Server::start(vec![String::new()]).await;
    let began = Instant::now();
    let error = machine(&server).ask(SCOPE).await.unwrap_err();
    let said = "managed: the instance metadata has not answered within 10 s";
    assert_eq!((error.message(), error.code()), (said, ErrorCode::Unavailable));
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

/// Addresses for documentation (RFC 5737), where nobody is: packets to it vanish, or are refused on
/// the way.
#[tokio::test(start_paused = true)]
async fn metadata_that_is_not_there_costs_a_second() {
    let silent = Server::start(vec![String::new()]).await;
    for endpoint in ["http://192.0.2.1", &silent.url] {
        let chain = read(&format!("default?metadata_endpoint={endpoint}"));
        let is_managed = |member: &&Member| matches!(member, Member::Managed(_));
        let managed = chain.options.members.iter().find(is_managed).unwrap();
        let began = Instant::now();
        let declined = managed.token(SCOPE, true).await.unwrap_err();
        let said = format!("managed: the instance metadata does not answer at {endpoint}: ");
        assert!(declined.error.message().starts_with(&said), "{}", declined.error);
        assert!(declined.is_absent, "the next may be asked");
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn answers_that_are_no_tokens_are_refused() {
    let body = |body: &str| answer(200, "", body);
    let date = "Date: Mon, 12 Oct 2009 17:50:30 GMT\r\n";
    let past = r#"{"access_token":"s3cr3t","expires_on":"1255369830"}"#;
    for (given, said) in [
        (body("{}"), "without a token"),
        (body("s3cr3t"), "without a token"),
        (body(r#"{"access_token":"s3cr3t","token_type":"pop"}"#), "of another type than Bearer"),
        (answer(200, date, past), "with a token that has expired"),
        (answer(302, "Location: http://s3cr3t/\r\n", ""), "has answered 302"),
        (answer(403, "", r#"{"error":"S3cr3t s3cr3t"}"#), "has answered 403"),
        (
            answer(401, "", r#"{"error":"no","error_codes":[1,2,3,4]}"#),
            "(AADSTS1, AADSTS2, AADSTS3)",
        ),
    ] {
        let server = Server::start(vec![given]).await;
        let error = machine(&server).ask(SCOPE).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unauthenticated, "{error}");
        assert!(error.message().ends_with(said), "{error}");
        assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
    }
}

#[tokio::test]
async fn how_long_a_token_is_good_is_read_in_each_form() {
    let date = "Date: Mon, 12 Oct 2009 17:50:30 GMT\r\n";
    for (headers, fields, seconds) in [
        ("", r#""expires_in":3599"#, Some(3599)),
        ("", r#""expires_in":"3599""#, Some(3599)),
        // From when it was issued; what counts is when it ends.
        (date, r#""expires_in":"86400","expires_on":"1255370430""#, Some(600)),
        (date, r#""expires_on":1255370430"#, Some(600)),
        // By no clock but ours it is past.
        ("", r#""expires_in":"3599","expires_on":"1255370430""#, Some(3599)),
        ("", r#""expires_on":"1255370430""#, None),
        ("", r#""expires_on":"11/05/2026 15:18:31 +00:00""#, None),
        ("", r#""expires_in":-1"#, None),
    ] {
        let body = format!(r#"{{"access_token":"a",{fields}}}"#);
        let server = Server::start(vec![answer(200, headers, &body)]).await;
        let token = machine(&server).ask(SCOPE).await.unwrap();
        assert_eq!(token.lifetime(), seconds.map(Duration::from_secs), "{headers}{fields}");
    }
}
