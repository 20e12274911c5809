//! Looks for credentials wherever a store may show them: errors with their causes, `Debug`, logs.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use libtest_mimic::Failed;
use tombolo::Error;
use tombolo::blob::{BlobStore, GetOptions, ListOptions, PutOptions};
use tombolo_testkit::servers::Server;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// A credential that no server knows, in the form of each; and what it looks like encoded.
const SECRET: &str = "bm90LXRvLWJlLXNlZW4";

/// Everything that is logged, by whatever crate, at whatever level.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<String>>);

impl Logged {
    fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Visit for Logged {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{field} = {value:?}");
    }
}

impl Subscriber for Logged {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The places where credentials go, with the secret in each of them.
fn urls(server: &Server) -> Result<Vec<String>, Failed> {
    let url = server.new_place()?;
    let (place, query) = url.split_once('?').ok_or("a URL without a query")?;
    let kept: Vec<_> = query
        .split('&')
        .filter(|pair| {
            !["account_key=", "secret_key=", "service_account="]
                .iter()
                .any(|one| pair.starts_with(one))
        })
        .collect();
    let with = |credential: &str| format!("{place}?{}&{credential}", kept.join("&"));
    let proxy = format!("proxy=http%3A%2F%2Fuser%3A{SECRET}@127.0.0.1%3A1");
    Ok(if place.starts_with("azblob") {
        let sas = format!("sv=2021-08-06&ss=b&srt=sco&sp=rwdlac&se=2099-01-01&sig={SECRET}");
        let sas = sas.replace('=', "%3D").replace('&', "%26");
        let key = format!("account_key={SECRET}%3D");
        vec![with(&key), with(&format!("sas={sas}")), with(&format!("{key}&{proxy}"))]
    } else if place.starts_with("gs") {
        let token = format!("token={SECRET}");
        vec![with(&token), with(&format!("{token}&{proxy}"))]
    } else {
        let key = format!("secret_key={SECRET}");
        let token = format!("{key}&session_token={SECRET}");
        vec![with(&key), with(&token), with(&format!("{key}&{proxy}"))]
    })
}

pub(crate) fn nothing(server: &Server) -> Result<(), Failed> {
    let logged = Logged::default();
    for url in urls(server)? {
        let store = tracing::subscriber::with_default(logged.clone(), || BlobStore::open(&url))?;
        let shown = tracing::subscriber::with_default(logged.clone(), || {
            super::block_on(async { Ok(failures(&store).await) })
        })?;
        let all = format!("{store:?}\n{}\n{shown}", logged.text());
        if all.contains(SECRET) {
            let at = all.lines().find(|line| line.contains(SECRET)).unwrap_or_default();
            return Err(format!("a credential is seen: {at}").into());
        }
        super::check(shown.matches("code:").count() >= 4, format!("too few failures: {shown}"))?;
    }
    super::check(!logged.text().is_empty(), "nothing was logged, so nothing was looked at")
}

/// Every operation fails, as nobody knows the credential; this is all that their errors show.
async fn failures(store: &BlobStore) -> String {
    let mut shown = String::new();
    let errors = [
        store.get("a", GetOptions::default()).await.err(),
        store.put("a", Bytes::from_static(b"x"), PutOptions::default()).await.err(),
        store.copy("a", "b", Default::default()).await.err(),
        match store.list(ListOptions::default()) {
            Ok(mut pages) => pages.next_page().await.err(),
            Err(error) => Some(error),
        },
    ];
    for error in errors.into_iter().flatten() {
        shown.push_str(&whole(&error));
    }
    shown
}

fn whole(error: &Error) -> String {
    let mut text = format!("{error} {error:?}\n");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let _ = writeln!(text, "{error} {error:?}");
        cause = error.source();
    }
    text
}
