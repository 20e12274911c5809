//! What a store in a cloud tries again and when, and how much it does at once.

mod scripts;

use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use scripts::{Checked, answer, azure, busy, lines, lost, metrics, object, s3, s3_url, until};
use tombolo::blob::{
    BlobStore, GetOptions, HeadOptions, ListOptions, OpenOptions, Policy, PutOptions,
};
use tombolo::{Call, CallOptions, ErrorCode};
use tombolo_testkit::servers::Scripted;

/// A date of HTTP, so many seconds from now.
fn date(seconds: u64) -> Checked<String> {
    let at = SystemTime::now() + Duration::from_secs(seconds);
    let days = at.duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let (days, rest) = (days / 86400, days % 86400);
    // By Howard Hinnant's algorithm `civil_from_days`.
    let z = days + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1460 + doe / 36524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + u64::from(month <= 2);
    let name = |names: &str, at: u64| names.split(' ').nth(at as usize).map(str::to_owned);
    let month = name("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", month - 1);
    let weekday = name("Thu Fri Sat Sun Mon Tue Wed", days % 7);
    let (month, weekday) = month.zip(weekday).ok_or("no such month")?;
    let time = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    Ok(format!("{weekday}, {day:02} {month} {year} {time} GMT"))
}

fn within(time: Duration) -> Call {
    Call::default().until(Instant::now() + time)
}

#[tokio::test]
async fn a_wait_that_ends_after_the_deadline_is_not_begun() -> Checked {
    let http_date = format!("Retry-After: {}\r\n", date(3600)?);
    for asked in ["Retry-After: 3600\r\n", &http_date, "x-ms-retry-after-ms: 3600000\r\n"] {
        let busy = answer("503 Server Busy", asked, b"");
        let server = Scripted::start(Box::new(move |_, _| busy.clone()))?;
        let store = azure(&server, "")?;
        let got = within(Duration::from_secs(600)).run(store.get("a", GetOptions::default()));
        let got = tokio::time::timeout(Duration::from_secs(60), got).await;
        let error = got.map_err(|_| "it slept")?.err().ok_or("it worked")?;
        assert_eq!((error.code(), error.service_status()), (ErrorCode::Unavailable, 503));
        assert!(error.retryable() && server.asked().len() == 1, "{asked}: {error:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wait_that_is_asked_for_is_waited() -> Checked {
    let http_date = format!("Retry-After: {}\r\n", date(3)?);
    for (asked, least) in
        [("Retry-After: 1\r\n", 1000), ("retry-after-ms: 1100\r\n", 1100), (&http_date, 1)]
    {
        let busy = answer("429 Too Many Requests", asked, b"");
        let server = Scripted::start(Box::new(move |before, _| match before {
            0 => busy.clone(),
            _ => object(),
        }))?;
        let began = Instant::now();
        let store = s3(&server, "")?;
        within(Duration::from_secs(600)).run(store.get("a", GetOptions::default())).await?;
        assert!(began.elapsed() >= Duration::from_millis(least), "{asked}");
        assert_eq!(server.asked().len(), 2);
    }
    Ok(())
}

#[tokio::test]
async fn retries_are_a_share_of_what_is_asked() -> Checked {
    let server = Scripted::start(Box::new(|_, _| busy()))?;
    let none = s3(&server, "&retry_reserve=0&retry_percent=100")?;
    for _ in 0..10 {
        let error = none.get("a", GetOptions::default()).await.err().ok_or("it worked")?;
        assert_eq!(error.attempts(), 1);
    }
    assert_eq!((server.asked().len(), metrics(&server)?.retries_denied), (10, 10));

    let server = Scripted::start(Box::new(|_, _| busy()))?;
    let (some, began) = (s3(&server, "&retry_reserve=5&retry_percent=10")?, Instant::now());
    for _ in 0..100 {
        let _ = some.get("a", GetOptions::default()).await;
    }
    // Five of the reserve, ten of a hundred requests, and one a second.
    let most = 100 + 5 + 10 + began.elapsed().as_secs() as usize + 1;
    let asked = server.asked().len();
    assert!((114..=most).contains(&asked), "{asked} requests, {most} are allowed");
    Ok(())
}

#[tokio::test]
async fn a_call_says_how_often_it_is_tried() -> Checked {
    for (asked, times) in [(Some(1), 1), (Some(6), 6), (None, 2)] {
        let server = Scripted::start(Box::new(|_, _| busy()))?;
        let call = Call::new(CallOptions { max_attempts: asked, ..CallOptions::default() })?;
        let store = s3(&server, "&max_attempts=2")?;
        let error =
            call.run(store.get("a", GetOptions::default())).await.err().ok_or("it worked")?;
        assert_eq!((error.attempts(), server.asked().len()), (times, times as usize));
    }
    Ok(())
}

fn open_with(url: &str, policy: Policy) -> tombolo::Result<BlobStore> {
    BlobStore::open_with(url, OpenOptions { policy, ..OpenOptions::default() })
}

#[tokio::test]
async fn a_policy_is_a_value_and_the_url_counts_for_more() -> Checked {
    let server = Scripted::start(Box::new(|_, _| busy()))?;
    let policy = Policy { max_attempts: 3, ..Policy::default() };
    for (more, times) in [("", 3), ("&max_attempts=2", 5)] {
        let store = open_with(&s3_url(&server, more), policy.clone())?;
        let _ = store.get("a", GetOptions::default()).await;
        assert_eq!(server.asked().len(), times);
    }
    let senseless = Policy { max_attempts: 0, ..Policy::default() };
    let error = open_with("mem:", senseless).err().ok_or("it was opened")?;
    assert!(error.message().contains("max_attempts"), "{error}");
    Ok(())
}

/// A server that answers each request with `answer` when it is told to; and who tells it.
fn told(answer: fn() -> Vec<u8>) -> Checked<(Scripted, mpsc::Sender<()>)> {
    let (go_on, told) = mpsc::channel();
    let told = Mutex::new(told);
    let server = Scripted::start(Box::new(move |_, _| {
        // When nobody tells any more, the test is over.
        let _ = told.lock().map(|told| told.recv());
        answer()
    }))?;
    Ok((server, go_on))
}

#[tokio::test]
async fn no_more_are_under_way_than_may_be() -> Checked {
    let (server, go_on) = told(object)?;
    let store = s3(&server, "&max_in_flight=2")?;
    let gets: Vec<_> = (0..5)
        .map(|at| {
            let store = store.clone();
            tokio::spawn(async move { store.get(&format!("k{at}"), GetOptions::default()).await })
        })
        .collect();
    let of = || metrics(&server).map_or((0, 0), |of| (of.in_flight, of.waiting));
    until("two under way, three wait", || of() == (2, 3) && server.asked().len() == 2).await?;
    gets.last().ok_or("none")?.abort();
    until("one has given up", || of() == (2, 2)).await?;
    for _ in 0..4 {
        go_on.send(())?;
    }
    let mut done = 0;
    for get in gets {
        match get.await {
            Ok(got) => done += got.map(|_| 1)?,
            Err(error) => assert!(error.is_cancelled()),
        }
    }
    assert_eq!((done, of()), (4, (0, 0)));
    let lines = lines(&server);
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines.contains(&"GET /b/k3".to_owned()) && !lines.contains(&"GET /b/k4".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_reader_is_under_way_until_it_is_read_or_dropped() -> Checked {
    let server = Scripted::start(Box::new(|_, _| object()))?;
    let store = s3(&server, "&max_in_flight=1")?;
    let reader = store.reader("a", GetOptions::default()).await?;
    let mut head = std::pin::pin!(store.head("a", HeadOptions::default()));
    let waits = tokio::time::timeout(Duration::from_millis(50), head.as_mut()).await;
    assert!(waits.is_err(), "two are under way");
    drop(reader);
    head.await?;
    Ok(())
}

/// Its first answer never comes; the others are `rest`.
fn stuck_once(rest: fn() -> Vec<u8>) -> Checked<(Scripted, mpsc::Sender<()>)> {
    let (end, ended) = mpsc::channel::<()>();
    let ended = Mutex::new(ended);
    let server = Scripted::start(Box::new(move |before, _| {
        if before == 0 {
            let _ = ended.lock().map(|ended| ended.recv());
        }
        rest()
    }))?;
    Ok((server, end))
}

#[tokio::test]
async fn a_slow_read_is_sent_twice_and_the_first_answer_counts() -> Checked {
    let (server, _end) = stuck_once(object)?;
    let store = s3(&server, "&hedge_after_ms=20")?;
    let got = store.get("a", GetOptions::default()).await?;
    assert_eq!((got.bytes, server.asked().len()), (Bytes::from_static(b"ab"), 2));
    let of = metrics(&server)?;
    assert_eq!((of.hedges, of.hedges_won, of.retries, of.requests.dropped), (1, 1, 0, 1));
    Ok(())
}

#[tokio::test]
async fn a_call_says_whether_a_read_is_sent_twice() -> Checked {
    let (server, end) = stuck_once(object)?;
    let hedge_after = Some(Duration::from_millis(20));
    let hedged = Call::new(CallOptions { hedge_after, ..CallOptions::default() })?;
    hedged.run(s3(&server, "")?.get("a", GetOptions::default())).await?;
    assert_eq!(server.asked().len(), 2);
    drop(end);

    let (server, end) = stuck_once(object)?;
    let never = CallOptions { hedge_after: Some(Duration::ZERO), ..CallOptions::default() };
    let store = s3(&server, "&hedge_after_ms=20")?;
    let mut got = Box::pin(Call::new(never)?.run(store.get("a", GetOptions::default())));
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut got).await.is_err());
    drop(end);
    got.await?;
    assert_eq!(server.asked().len(), 1);
    Ok(())
}

#[tokio::test]
async fn only_reads_of_objects_are_sent_twice() -> Checked {
    let listing = || answer("200 OK", "ETag: \"e\"\r\n", b"<ListBucketResult></ListBucketResult>");
    let (server, go_on) = told(listing)?;
    let store = s3(&server, "&hedge_after_ms=1")?;
    let mut pages = store.list(ListOptions::default())?;
    let put = store.put("a", Bytes::from_static(b"x"), PutOptions::default());
    let both = async { (put.await, pages.next_page().await) };
    // When it ends, so does the waiting of every request that was not to be.
    let telling = async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        go_on.send(())?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        go_on.send(())?;
        Checked::Ok(())
    };
    let ((put, page), told) = tokio::join!(both, telling);
    told?;
    put?;
    page?;
    assert_eq!((server.asked().len(), metrics(&server)?.hedges), (2, 0));
    Ok(())
}

#[tokio::test]
async fn a_failure_is_no_answer_as_long_as_another_may_come() -> Checked {
    let (end, ended) = mpsc::channel::<()>();
    let ended = Mutex::new(ended);
    let server = Scripted::start(Box::new(move |before, _| match before {
        0 => {
            let _ = ended.lock().map(|ended| ended.recv());
            object()
        }
        _ => busy(),
    }))?;
    let store = s3(&server, "&hedge_after_ms=20&max_attempts=1")?;
    let throttled = || metrics(&server).is_ok_and(|of| of.requests.throttled == 1);
    let first = async {
        until("the second was put off", throttled).await?;
        drop(end);
        Checked::Ok(())
    };
    let (got, ended) = tokio::join!(store.get("a", GetOptions::default()), first);
    ended?;
    got?;
    let of = metrics(&server)?;
    assert_eq!((of.hedges, of.hedges_won, of.requests.ok), (1, 0, 1));
    Ok(())
}

#[tokio::test]
async fn without_budget_or_room_nothing_is_sent_twice() -> Checked {
    for more in ["&retry_reserve=0", "&max_in_flight=1"] {
        let (server, end) = stuck_once(object)?;
        let store = s3(&server, &format!("&hedge_after_ms=1{more}"))?;
        let mut got = Box::pin(store.get("a", GetOptions::default()));
        assert!(tokio::time::timeout(Duration::from_millis(200), &mut got).await.is_err());
        drop(end);
        got.await?;
        assert_eq!((server.asked().len(), metrics(&server)?.hedges), (1, 0), "{more}");
    }
    Ok(())
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn each_request_of_a_traced_call_says_so() -> Checked {
    let trace_parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let options =
        CallOptions { trace_parent: Some(trace_parent.parse()?), ..CallOptions::default() };
    for is_azure in [true, false] {
        let server = Scripted::start(Box::new(|before, _| match before {
            0 => busy(),
            _ => object(),
        }))?;
        let store = if is_azure { azure(&server, "")? } else { s3(&server, "")? };
        Call::new(options.clone())?.run(store.get("a", GetOptions::default())).await?;
        store.get("a", GetOptions::default()).await?;
        let asked = server.asked();
        let parents: Vec<_> = asked.iter().map(|asked| asked.header("traceparent")).collect();
        assert_eq!(parents, [trace_parent.as_str(), &trace_parent, ""]);
        let mut ids: Vec<_> =
            asked.iter().map(|asked| asked.header("x-ms-client-request-id")).collect();
        if !is_azure {
            assert_eq!(ids, ["", "", ""]);
            continue;
        }
        assert!(ids[0].starts_with(TRACE) && ids[1].starts_with(TRACE), "{ids:?}");
        assert!(ids[2].len() > 32 && !ids[2].starts_with(TRACE), "{ids:?}");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 3, "each request has a name of its own");
    }
    Ok(())
}

#[tokio::test]
async fn a_request_without_an_answer_is_known_by_our_name() -> Checked {
    let server = Scripted::start(Box::new(|_, _| lost()))?;
    let put = azure(&server, "")?.put("a", Bytes::new(), PutOptions::default()).await;
    let error = put.err().ok_or("it worked")?;
    let asked = server.asked();
    assert_eq!(error.request_id(), asked[0].header("x-ms-client-request-id"));
    assert!(!error.request_id().is_empty());
    Ok(())
}
