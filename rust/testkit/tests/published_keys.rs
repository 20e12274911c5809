//! Tokens verified by keys that an issuer publishes: found, kept, rotated; and an issuer that misbehaves.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use tombolo::identity::Verifier;
use tombolo::{Error, ErrorCode};
use tombolo_testkit::servers::Scripted;

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// A key pair, and its name.
struct Key {
    id: &'static str,
    pair: Ed25519KeyPair,
}

impl Key {
    fn new(id: &'static str) -> Checked<Self> {
        let pair =
            Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| "no randomness")?;
        let pair = Ed25519KeyPair::from_pkcs8(pair.as_ref()).map_err(|_| "no key pair")?;
        Ok(Self { id, pair })
    }

    fn published(&self) -> String {
        let (id, x) = (self.id, URL_SAFE_NO_PAD.encode(self.pair.public_key()));
        format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{id}","x":"{x}"}}]}}"#)
    }

    fn token(&self, issuer: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let expires = now.as_secs() + 300;
        let header = format!(r#"{{"alg":"EdDSA","kid":"{}"}}"#, self.id);
        let claims = format!(r#"{{"iss":"{issuer}","aud":"service","sub":"ann","exp":{expires}}}"#);
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

/// What an issuer answers now: its configuration, if it has one, and its keys.
#[derive(Clone, Default)]
struct Pages {
    configuration: String,
    keys: String,
}

fn locked(pages: &Mutex<Pages>) -> MutexGuard<'_, Pages> {
    pages.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Issuer {
    server: Scripted,
    pages: Arc<Mutex<Pages>>,
}

impl Issuer {
    /// With its configuration and `key`.
    fn start(key: &Key) -> Checked<Self> {
        let pages = Arc::new(Mutex::new(Pages::default()));
        let answered = Arc::clone(&pages);
        let server = Scripted::start(Box::new(move |_, asked| {
            let pages = locked(&answered).clone();
            let configuration = asked.line == "GET /.well-known/openid-configuration";
            let page = if configuration { pages.configuration } else { pages.keys };
            match page.is_empty() {
                true => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
                false => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{page}", page.len())
                    .into(),
            }
        }))?;
        let issuer = Self { server, pages };
        issuer.publish(key);
        let url = issuer.url();
        issuer.configure(format!(r#"{{"issuer":"{url}","jwks_uri":"{url}/keys"}}"#));
        Ok(issuer)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port())
    }

    fn publish(&self, key: &Key) {
        locked(&self.pages).keys = key.published();
    }

    fn configure(&self, page: String) {
        locked(&self.pages).configuration = page;
    }

    fn verifier(&self) -> Checked<Verifier> {
        Ok(Verifier::open(&format!("oidc:{}?audience=service", self.url()))?)
    }

    async fn refused(&self) -> Checked<Error> {
        let key = Key::new("a")?;
        let error = self.verifier()?.verify(&key.token(&self.url())).await;
        Ok(error.err().ok_or("it was verified")?)
    }
}

#[tokio::test]
async fn keys_are_found_by_the_configuration_and_kept() -> Checked {
    let key = Key::new("a")?;
    let issuer = Issuer::start(&key)?;
    let verifier = issuer.verifier()?;
    let token = key.token(&issuer.url());
    let early = verifier.verify_now(&token).err().ok_or("without keys")?;
    assert_eq!(early.code(), ErrorCode::Unavailable, "{early}");
    assert!(issuer.server.asked().is_empty(), "opening sends nothing");
    for _ in 0..10 {
        assert_eq!(verifier.verify(&token).await?.subject().as_deref(), Some("ann"));
    }
    assert_eq!(verifier.verify_now(&token)?.issuer().as_deref(), Some(issuer.url().as_str()));
    let lines: Vec<_> = issuer.server.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, ["GET /.well-known/openid-configuration", "GET /keys"]);
    Ok(())
}

#[tokio::test]
async fn keys_at_a_known_place_need_no_configuration() -> Checked {
    let key = Key::new("a")?;
    let issuer = Issuer::start(&key)?;
    issuer.configure(String::new());
    let url = issuer.url();
    let verifier = Verifier::open(&format!("jwks:{url}/keys?issuer={url}&audience=service"))?;
    verifier.verify(&key.token(&url)).await?;
    let other =
        verifier.verify(&key.token("https://other")).await.err().ok_or("another issuer's")?;
    assert_eq!(other.code(), ErrorCode::Unauthenticated, "{other}");
    Ok(())
}

#[tokio::test]
async fn a_token_of_a_key_that_is_not_there_is_refused_without_a_flood() -> Checked {
    let key = Key::new("a")?;
    let issuer = Issuer::start(&key)?;
    let verifier = issuer.verifier()?;
    verifier.verify(&key.token(&issuer.url())).await?;
    let next = Key::new("b")?;
    issuer.publish(&next);
    for _ in 0..50 {
        let error = verifier.verify(&next.token(&issuer.url())).await.err().ok_or("too early")?;
        assert_eq!(error.code(), ErrorCode::Unauthenticated);
        assert!(error.message().contains("has no key \"b\""), "{error}");
    }
    assert_eq!(issuer.server.asked().len(), 2, "not within 30 s of the last fetch");
    Ok(())
}

#[tokio::test]
async fn an_issuer_that_answers_something_else_is_told() -> Checked {
    let key = Key::new("a")?;
    let issuer = Issuer::start(&key)?;
    let url = issuer.url();
    for (configuration, why) in [
        (String::new(), "it answers 404"),
        ("no JSON".to_owned(), "its configuration is not the JSON of one"),
        (format!(r#"{{"issuer":"{url}"}}"#), "its configuration is not the JSON of one"),
        (format!(r#"{{"issuer":"{url}/","jwks_uri":"{url}/keys"}}"#), "is that of another issuer"),
        (
            format!(r#"{{"issuer":"{url}","jwks_uri":"http://keys.test/"}}"#),
            "at a URL that is not https",
        ),
        ("x".repeat((1 << 20) + 1), "more than 1048576 bytes"),
    ] {
        issuer.configure(configuration);
        let error = issuer.refused().await?;
        assert_eq!(error.code(), ErrorCode::Unavailable, "{error}");
        assert!(error.retryable() && error.message().contains(why), "{why}: {error}");
    }
    issuer.configure(format!(r#"{{"issuer":"{url}","jwks_uri":"{url}/keys"}}"#));
    for keys in ["{}", r#"{"keys":[]}"#, "\u{1}"] {
        locked(&issuer.pages).keys = keys.to_owned();
        assert!(issuer.refused().await?.message().contains("its keys are none"), "{keys}");
    }
    Ok(())
}

#[tokio::test]
async fn an_issuer_that_is_not_there_is_unavailable() -> Checked {
    let verifier = Verifier::open("oidc:http://127.0.0.1:1?audience=service")?;
    let token = Key::new("a")?.token("http://127.0.0.1:1");
    let error = verifier.verify(&token).await.err().ok_or("nobody listens")?;
    assert_eq!(error.code(), ErrorCode::Unavailable, "{error}");
    // What is wrong with the token itself is told without its keys.
    let error = verifier.verify("none").await.err().ok_or("no token")?;
    assert_eq!(error.code(), ErrorCode::Unauthenticated, "{error}");
    Ok(())
}
