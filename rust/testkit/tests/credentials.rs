//! Credentials that know an issuer, against strict servers of what gives tokens in Azure.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use tombolo::blob::{BlobStore, OpenOptions, PutOptions};
use tombolo::identity::{AccessToken, Credential};
use tombolo::{Error, ErrorCode};
use tombolo_testkit::servers::{FakeCli, FakeIdentity, Manner, Scripted};

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

const SCOPE: &str = "https://storage.azure.com/.default";
const RESOURCE: &str = "https://storage.azure.com";
/// Nobody listens there: the port is reserved.
const NOBODY: &str = "http://127.0.0.1:1";

/// The parameters of the application that the server knows.
fn application(server: &FakeIdentity) -> String {
    let (tenant, client) = (FakeIdentity::TENANT, FakeIdentity::CLIENT);
    format!("tenant_id={tenant}&client_id={client}&authority_host={}", server.url())
}

fn with_secret(server: &FakeIdentity) -> String {
    let file = server.secret_file();
    format!("azure:client-secret?{}&client_secret_file={}", application(server), file.display())
}

fn with_certificate(server: &FakeIdentity, more: &str) -> String {
    let file = server.certificate_file();
    let application = application(server);
    format!("azure:client-certificate?{application}&certificate_file={}{more}", file.display())
}

fn workload(server: &FakeIdentity) -> String {
    let file = server.federated_token_file();
    format!("azure:workload?{}&token_file={}", application(server), file.display())
}

fn machine(server: &FakeIdentity, more: &str) -> String {
    format!("azure:managed?metadata_endpoint={}{more}", server.url())
}

async fn token(url: &str) -> Result<AccessToken, Error> {
    Credential::open(url)?.token(SCOPE).await
}

async fn refused(url: &str) -> Checked<Error> {
    token(url).await.err().ok_or_else(|| format!("{url} has given a token").into())
}

/// Everything that an error shows.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        let _ = write!(text, " {error} {error:?}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn each_member_gets_a_token_by_itself() -> Checked {
    let server = FakeIdentity::start()?;
    let mine = format!("&client_id={}", FakeIdentity::CLIENT);
    let application = format!("application {SCOPE}");
    for (url, issued) in [
        (with_secret(&server), application.clone()),
        (with_certificate(&server, ""), application.clone()),
        (with_certificate(&server, "&algorithm=RS256"), application.clone()),
        (with_certificate(&server, "&algorithm=PS256&send_chain=true"), application.clone()),
        (workload(&server), application),
        (machine(&server, ""), format!("machine:system {RESOURCE}")),
        (machine(&server, &mine), format!("machine:user {RESOURCE}")),
    ] {
        let credential = Credential::open(&url)?;
        let before = server.asked();
        for _ in 0..3 {
            let token = credential.token(SCOPE).await.map_err(|error| format!("{url}: {error}"))?;
            let rest = token.remaining().ok_or("it is not known how long it is good for")?;
            let hour = Duration::from_secs(3540)..=Duration::from_secs(3601);
            assert!(hour.contains(&rest), "{url}: {rest:?}");
        }
        assert_eq!(server.issued().last(), Some(&issued), "{url}");
        assert_eq!(server.asked(), before + 1, "{url}");
    }
    Ok(())
}

/// What the environment says, a service reads that is started in it.
#[test]
fn what_a_url_leaves_out_is_read_from_the_environment() -> Checked {
    let server = FakeIdentity::start()?;
    let ask = |url: &str, environment: &[(&str, String)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_token"));
        command.args([url, SCOPE]).env_clear();
        command.envs(environment.iter().map(|(name, value)| (*name, value))).output()
    };
    let all = server.environment();
    for (url, issued) in [
        ("azure:client-secret", format!("application {SCOPE}")),
        ("azure:client-certificate", format!("application {SCOPE}")),
        ("azure:workload", format!("application {SCOPE}")),
        ("azure:managed", format!("app:system {RESOURCE}")),
        ("azure:default", format!("application {SCOPE}")),
    ] {
        let ended = ask(url, &all)?;
        assert!(ended.status.success(), "{url}: {}", String::from_utf8_lossy(&ended.stderr));
        assert_eq!(server.issued().last(), Some(&issued), "{url}");
    }
    // App Service is told by its header who asks.
    let wrong = all.map(|(name, value)| match name {
        "IDENTITY_HEADER" => (name, "another".to_owned()),
        _ => (name, value),
    });
    let ended = ask("azure:managed", &wrong)?;
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(said.contains("managed: App Service has answered 401 (unauthenticated)"), "{said}");
    Ok(())
}

#[tokio::test]
async fn who_is_refused_hears_why_and_nothing_of_the_secret_is_shown() -> Checked {
    let server = FakeIdentity::start()?;
    let wrong = server.write_file("wrong", "s3cr3t")?;
    let wrong = with_secret(&server)
        .replace(&server.secret_file().display().to_string(), &wrong.display().to_string());
    let other = "azure:client-secret?tenant_id=other&client_id=b";
    let other = format!(
        "{other}&authority_host={}&client_secret_file={}",
        server.url(),
        server.secret_file().display()
    );
    for (url, code, said) in [
        (
            wrong.as_str(),
            ErrorCode::Unauthenticated,
            "client-secret: Entra ID has answered 401 invalid_client (AADSTS7000215)",
        ),
        (
            other.as_str(),
            ErrorCode::Unauthenticated,
            "client-secret: Entra ID has answered 400 invalid_request (AADSTS90002)",
        ),
        (
            &machine(&server, "&client_id=none"),
            ErrorCode::Unauthenticated,
            "managed: the instance metadata has answered 400 invalid_request: no identity with the client_id \"none\" is assigned",
        ),
    ] {
        let error = refused(url).await?;
        assert_eq!((error.code(), error.message(), error.retryable()), (code, said, false));
        let shown = shown(&error);
        assert!(!shown.contains("s3cr3t") && !shown.contains(FakeIdentity::SECRET), "{shown}");
    }
    let error = refused(&wrong).await?;
    assert_eq!(error.service_status(), 401);
    assert_eq!(error.request_id(), "255d1aef-8c98-452f-ac51-23d051240864");
    Ok(())
}

#[tokio::test]
async fn the_token_of_a_workload_is_read_again_when_it_was_replaced() -> Checked {
    let server = FakeIdentity::start()?;
    let credential = Credential::open(&workload(&server))?;
    credential.token(SCOPE).await?;
    for (audience, subject, number) in [
        ("api://other", "system:serviceaccount:default:service", "AADSTS700212"),
        ("api://AzureADTokenExchange", "system:serviceaccount:default:other", "AADSTS70021"),
    ] {
        server.write_federated_token(audience, subject)?;
        let error = credential.token("https://vault.azure.net/.default").await.err();
        let error = error.ok_or("it was taken")?;
        assert!(error.message().contains(number), "{error}");
    }
    let subject = "system:serviceaccount:default:service";
    server.write_federated_token("api://AzureADTokenExchange", subject)?;
    credential.token("https://vault.azure.net/.default").await?;
    Ok(())
}

#[tokio::test]
async fn a_file_that_holds_no_key_is_refused_when_it_is_opened() -> Checked {
    let server = FakeIdentity::start()?;
    let pem = fs::read_to_string(server.certificate_file())?;
    let at = pem.find("-----BEGIN CERTIFICATE").ok_or("no certificate")?;
    let (key, certificate) = pem.split_at(at);
    let other = FakeIdentity::start()?;
    let foreign = fs::read_to_string(other.certificate_file())?;
    let foreign = foreign.get(foreign.find("-----BEGIN CERTIFICATE").unwrap_or(0)..);
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBAA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
    for (content, why) in [
        ("nothing".to_owned(), "holds no private key in PEM"),
        (format!("{encrypted}{certificate}"), "holds no private key in PEM; one with a password"),
        (key.to_owned(), "holds no certificate of its private key"),
        (
            format!("{key}{}", foreign.unwrap_or_default()),
            "holds no certificate of its private key",
        ),
    ] {
        let file = server.write_file("pem", &content)?;
        let application = application(&server);
        let file = file.display();
        let url = format!("azure:client-certificate?{application}&certificate_file={file}");
        let error = Credential::open(&url).err().ok_or("it was opened")?;
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(error.message().contains(why), "{error}");
    }
    // The right one among others, in whatever order.
    let chain = format!("{}{certificate}{key}", foreign.unwrap_or_default());
    let file = server.write_file("chain.pem", &chain)?;
    let url = format!(
        "azure:client-certificate?{}&certificate_file={}",
        application(&server),
        file.display()
    );
    token(&url).await?;
    Ok(())
}

#[tokio::test]
async fn a_chain_takes_the_first_that_is_there_and_stays_with_it() -> Checked {
    let server = FakeIdentity::start()?;
    let az = FakeCli::new(r#"echo '{"accessToken": "of-the-cli", "tokenType": "Bearer"}'"#)?;
    // Neither an application nor a machine: who is logged in.
    let url =
        format!("azure:default?metadata_endpoint={NOBODY}&program={}", az.program().display());
    assert_eq!(token(&url).await?.expose(), "of-the-cli");
    // A machine comes before that.
    let url = format!(
        "azure:default?metadata_endpoint={}&program={}",
        server.url(),
        az.program().display()
    );
    let credential = Credential::open(&url)?;
    credential.token(SCOPE).await?;
    assert_eq!(server.issued(), [format!("machine:system {RESOURCE}")]);
    assert_eq!(server.asked(), 2, "it is looked for first");
    // And stays: nobody is somebody else while it is out of order.
    server.set_manner(Manner::Refuses { status: 503, retry_after: 600, times: usize::MAX });
    let error = credential.token("https://vault.azure.net/.default").await.err();
    let error = error.ok_or("another was asked")?;
    assert_eq!((error.code(), error.service_status()), (ErrorCode::Unavailable, 503));
    Ok(())
}

#[tokio::test]
async fn a_chain_in_which_nobody_is_there_says_what_each_has_answered() -> Checked {
    let az =
        FakeCli::new("echo \"ERROR: Please run 'az login' to setup account. s3cr3t\" >&2; exit 1")?;
    let url =
        format!("azure:default?metadata_endpoint={NOBODY}&program={}", az.program().display());
    let error = refused(&url).await?;
    assert_eq!((error.code(), error.retryable()), (ErrorCode::Unauthenticated, false));
    assert_eq!(
        error.message(),
        "azure:default has no token: \
         client-secret: AZURE_CLIENT_SECRET is not set, and client_secret_file not given; \
         client-certificate: AZURE_CLIENT_CERTIFICATE_PATH is not set, and certificate_file not given; \
         workload: AZURE_FEDERATED_TOKEN_FILE is not set, and token_file not given; \
         managed: the instance metadata does not answer at http://127.0.0.1:1: this is no machine that has any; \
         cli: nobody is logged in: run `az login`"
    );
    assert!(!shown(&error).contains("s3cr3t"));
    Ok(())
}

#[tokio::test]
async fn a_member_that_is_there_and_refuses_ends_the_chain() -> Checked {
    let server = FakeIdentity::start()?;
    let az = FakeCli::new("echo called >called; exit 1")?;
    let wrong = server.write_file("wrong", "wrong")?;
    let application = application(&server);
    let url = format!(
        "azure:default?{application}&client_secret_file={}&metadata_endpoint={}&program={}",
        wrong.display(),
        server.url(),
        az.program().display()
    );
    let error = refused(&url).await?;
    let said = "azure:default has no token: client-secret: Entra ID has answered 401 invalid_client (AADSTS7000215)";
    assert_eq!((error.message(), error.service_status()), (said, 401));
    assert_eq!(server.asked(), 1);
    assert!(!az.file("called").exists());
    // A machine that answers later ends it as well, in a way that says so.
    server.set_manner(Manner::Refuses { status: 429, retry_after: 600, times: usize::MAX });
    let url = format!(
        "azure:default?metadata_endpoint={}&program={}",
        server.url(),
        az.program().display()
    );
    let error = refused(&url).await?;
    assert_eq!((error.code(), error.retryable()), (ErrorCode::Unavailable, true), "{error}");
    let end = "managed: the instance metadata has answered 429, and asks to wait 600 s";
    assert!(error.message().ends_with(end), "{error}");
    assert!(!az.file("called").exists());
    Ok(())
}

#[tokio::test]
async fn what_answers_there_and_is_no_metadata_is_passed_over() -> Checked {
    let other = Scripted::start(Box::new(|_, _| {
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
    }))?;
    let az = FakeCli::new(r#"echo '{"accessToken": "of-the-cli"}'"#)?;
    let endpoint = format!("http://127.0.0.1:{}", other.port());
    let url =
        format!("azure:default?metadata_endpoint={endpoint}&program={}", az.program().display());
    assert_eq!(token(&url).await?.expose(), "of-the-cli");
    assert_eq!(other.asked().len(), 1);
    Ok(())
}

#[tokio::test]
async fn many_who_wait_are_one_request() -> Checked {
    let server = FakeIdentity::start()?;
    server.set_manner(Manner::Slow(Duration::from_millis(200)));
    let url = with_secret(&server);
    let all = (0..50).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { token(&url).await })
    });
    let mut first = None;
    for one in all.collect::<Vec<_>>() {
        let token = one.await??;
        assert_eq!(first.get_or_insert_with(|| token.clone()), &token);
    }
    assert_eq!(server.asked(), 1);
    Ok(())
}

#[tokio::test]
async fn what_passes_is_tried_again() -> Checked {
    let server = FakeIdentity::start()?;
    for (url, status) in [
        (with_secret(&server), 429),
        (workload(&server), 503),
        // While the metadata is renewed.
        (machine(&server, ""), 410),
        (machine(&server, "&user_agent=another"), 404),
    ] {
        server.set_manner(Manner::Refuses { status, retry_after: 0, times: 1 });
        let before = server.asked();
        token(&url).await.map_err(|error| format!("{url}: {error}"))?;
        assert_eq!(server.asked(), before + 2, "{url}");
    }
    Ok(())
}

#[tokio::test]
async fn clocks_that_are_hours_apart_change_nothing_of_how_long_a_token_is_good() -> Checked {
    let server = FakeIdentity::start()?;
    for hours in [-5, 5] {
        server.set_clock_ahead(hours * 3600);
        let url = machine(&server, &format!("&user_agent=at{hours}"));
        let rest = token(&url).await?.remaining().ok_or("it is not known")?;
        let hour = Duration::from_secs(3540)..=Duration::from_secs(3601);
        assert!(hour.contains(&rest), "{rest:?}");
        // What is signed by our clock is refused, by a number that says so.
        let error = refused(&with_certificate(&server, "")).await?;
        assert!(error.message().ends_with("401 invalid_client (AADSTS700024)"), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_store_is_opened_with_a_credential_and_asks_for_another_token_where_one_is_refused()
-> Checked {
    let server = FakeIdentity::start()?;
    let blobs = Scripted::start(Box::new(|before, _| {
        let status = if before == 1 { "401 Unauthorized" } else { "201 Created" };
        let head = "Connection: close\r\nContent-Length: 0\r\nETag: \"e\"\r\n";
        format!("HTTP/1.1 {status}\r\n{head}\r\n").into_bytes()
    }))?;
    let credential = Credential::open(&machine(&server, "&user_agent=store"))?;
    let url = format!("azblob://acc/con?endpoint=http://127.0.0.1:{}/acc", blobs.port());
    let options = || OpenOptions {
        credential: Some(std::sync::Arc::new(credential.clone())),
        ..OpenOptions::default()
    };
    let put = |store: BlobStore| async move {
        store.put("a", Bytes::from_static(b"x"), PutOptions::default()).await.map(drop)
    };
    put(BlobStore::open_with(&url, options())?).await?;
    put(BlobStore::open_with(&url, options())?).await?;
    let asked = blobs.asked();
    let shown: Vec<_> = asked.iter().map(|asked| asked.header("authorization")).collect();
    let [first, second, third] = shown.as_slice() else { return Err(format!("{shown:?}").into()) };
    assert!(first.starts_with("Bearer token-1-") && first == second, "stores share it: {shown:?}");
    assert!(third.starts_with("Bearer token-2-"), "{shown:?}");
    // The same by the URL alone.
    let named = machine(&server, "%26user_agent=store").replace('?', "%3F").replace('=', "%3D");
    put(BlobStore::open(&format!("{url}&credential={named}"))?).await?;
    assert!(blobs.asked().last().is_some_and(|last| last.header("authorization") == *third));
    assert_eq!(server.issued().len(), 2);
    Ok(())
}
