use super::*;
use crate::ErrorCode;

/// As the environment of a machine with nothing of Azure in it.
fn nothing(_: &str) -> Option<String> {
    None
}

/// Those who ask know neither the file nor its folder.
struct File(std::path::PathBuf);

impl File {
    fn new(name: &str, content: &str) -> Self {
        let name = format!("tombolo-credential-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, content).unwrap();
        Self(path)
    }

    fn url(&self) -> String {
        format!("static:?file={}", self.0.display())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn text(credential: &Credential) -> String {
    credential.token("a-scope").await.unwrap().expose().to_owned()
}

#[tokio::test]
async fn those_that_are_opened_alike_share_their_tokens() {
    let file = File::new("shared", "one\n");
    let first = Credential::open(&file.url()).unwrap();
    assert!(first.token_now("a-scope").is_none(), "opening asks for nothing");
    assert_eq!(text(&first).await, "one");
    assert_eq!(first.token_now("a-scope").unwrap().expose(), "one");
    drop(first);
    std::fs::write(&file.0, "two").unwrap();
    let second = Credential::open(&file.url()).unwrap();
    assert_eq!(text(&second).await, "one", "it is kept for the process");
    // For another scope it is another token.
    assert_eq!(second.token("b").await.unwrap().expose(), "two");
}

#[tokio::test]
async fn a_token_that_a_service_refuses_is_read_again() {
    let file = File::new("refused", "one");
    let credential = Credential::open(&file.url()).unwrap();
    let refused = credential.token("a").await.unwrap();
    std::fs::write(&file.0, "two").unwrap();
    let cache = credential.cache("a");
    #[cfg(feature = "cloud")]
    assert_eq!(cache.replace(&refused).await.unwrap().expose(), "two");
    #[cfg(not(feature = "cloud"))]
    assert_eq!(cache.token().await.unwrap(), refused);
}

#[tokio::test]
async fn a_source_of_ones_own_is_kept_as_well() {
    let credential = Credential::new(Arc::new(AccessToken::new("own")));
    assert_eq!(text(&credential).await, "own");
    assert_eq!(credential.token_now("a-scope").unwrap().expose(), "own");
    assert!(!format!("{credential:?}").contains("own\""));
}

#[tokio::test]
async fn a_scope_that_is_none_is_refused() {
    let credential = Credential::new(Arc::new(AccessToken::new("own")));
    for scope in ["", " a", "--debug", "a\nb", "a\"b", "a\\b", "\u{e9}", &"a".repeat(1025)] {
        let error = credential.token(scope).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{scope:?}");
        assert!(error.message().starts_with("scope: "), "{error}");
    }
    credential.token("https://storage.azure.com/.default openid").await.unwrap();
}

#[tokio::test]
async fn scopes_that_nobody_uses_are_forgotten() {
    let credential = Credential::new(Arc::new(AccessToken::new("own")));
    let held = credential.cache("held");
    for number in 0..(2 * MAX_KEPT) {
        credential.token(&format!("scope-{number}")).await.unwrap();
    }
    assert!(credential.caches().len() <= MAX_KEPT);
    assert!(Arc::ptr_eq(&held, &credential.cache("held")));
}

#[test]
fn a_url_that_is_wrong_is_refused() {
    let empty = File::new("empty", "\n");
    for (url, why) in [
        ("azure", "has no scheme; known are `azure` and `static`"),
        ("aws:default", "the scheme \"aws\" is not known"),
        ("azure:magic", "there is no azure:magic; known are azure:default"),
        ("static:", "it must be static:?file=/path or static:?env=NAME"),
        ("static:s3cr3t", "it must be static:?file=/path"),
        ("static:?token=s3cr3t", "\"token\" is not known; known are file and env"),
        ("static:?file=/a&env=B", "exclude one another"),
        ("static:?file=a", "must be the absolute path of a file"),
        ("static:?file=/none/at/all", "\"/none/at/all\" cannot be read"),
        ("static:?file=/dev/zero", "\"/dev/zero\" is too long"),
        ("static:?env=TOMBOLO_TEST_THAT_NOBODY_SETS", "TOMBOLO_TEST_THAT_NOBODY_SETS is not set"),
        (&empty.url(), "is empty"),
    ] {
        let error = Credential::open_in(url, &nothing).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{url}");
        assert!(error.message().contains(why), "{url}: {error}");
        assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
    }
}
