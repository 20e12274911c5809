use super::*;
use crate::ErrorCode;
use crate::url::parameters;

/// An account's key as its form has it, and a text that must not be seen.
const KEY: &str = "c2VjcmV0c2VjcmV0c2VjcmV0";

fn no_environment(_: &str) -> Option<String> {
    None
}

fn split(url: &str) -> (&str, Vec<Parameter>) {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    (place, parameters(query).unwrap())
}

#[cfg(feature = "azure")]
fn azure_of(url: &str) -> Result<AzureOptions> {
    let (place, parameters) = split(url);
    azure(place, parameters, &no_environment, None)
}

#[cfg(feature = "s3")]
fn s3_of(url: &str) -> Result<S3Options> {
    let (place, parameters) = split(url);
    s3(place, parameters, &no_environment)
}

fn why<T: std::fmt::Debug>(url: &str, read: Result<T>) -> String {
    let error = read.err().unwrap_or_else(|| panic!("{url} was read"));
    assert_eq!(error.code(), ErrorCode::InvalidArgument, "{url}: {error}");
    assert!(!format!("{error:?}").contains(KEY), "{url}: {error:?}");
    error.message().to_owned()
}

#[cfg(feature = "azure")]
#[test]
fn an_azure_url_names_account_container_and_prefix() {
    let options = azure_of(&format!("//acc/con/a/b%20c/?account_key={KEY}&max_get=7")).unwrap();
    assert_eq!((options.account.as_str(), options.container.as_str()), ("acc", "con"));
    assert_eq!(options.key, AzureKey::Account(Secret::new(KEY.to_owned())));
    assert_eq!((options.store.prefix.as_str(), options.store.max_get), ("a/b c/", 7));
    assert_eq!(azure_of("//acc/con?credentials=anonymous").unwrap().key, AzureKey::Anonymous);
    let sas = azure_of("//acc/$root?sas=sv%3D1%26sig%3Dabc").unwrap();
    assert_eq!(sas.key, AzureKey::Sas(Secret::new("sv=1&sig=abc".to_owned())));
    assert_eq!(sas.store.prefix, "");
}

#[cfg(feature = "azure")]
#[test]
fn bad_azure_urls_are_refused_by_name() {
    for (url, cause) in [
        ("//acc", "azblob://account/container"),
        ("//acc/", "azblob://account/container"),
        ("acc/con", "azblob://account/container"),
        ("//a c/con", "azblob://account/container"),
        ("//../con", "azblob://account/container"),
        ("//acc/con", "it needs account_key, sas"),
        (&format!("//acc/con?account_key={KEY}&sas=x"), "exclude one another"),
        (&format!("//acc/con?account_key={KEY}&credentials=env"), "exclude one another"),
        (&format!("//acc/con?credentials={KEY}"), "\"credentials\" must be env or anonymous"),
        ("//acc/con?credentials=env", "neither AZURE_STORAGE_KEY"),
        (
            &format!("//acc/con?key={KEY}"),
            "\"key\" is not known; known are account_key, sas, token",
        ),
        ("//acc/con?endpoint=localhost:1", "\"endpoint\" must be the URL of a service"),
        (&format!("//acc/con?endpoint=http://a:{KEY}@h"), "\"endpoint\" must be the URL"),
        ("//acc/con?part_size=1", "from 5242880"),
        ("//acc/con?max_get=0", "from 1 on"),
        ("//acc/con?max_attempts=0", "from 1 on"),
        ("//acc/con?ca_file=/nowhere", "ca_file: \"/nowhere\" cannot be read"),
        ("//acc/con/a/../b?credentials=anonymous", "a segment of the prefix"),
    ] {
        let why = why(url, azure_of(url));
        assert!(why.contains(cause), "{url}: {why}");
    }
}

#[cfg(feature = "azure")]
#[test]
fn azure_credentials_come_from_the_environment_only_if_asked_for() {
    let environment = |name: &str| match name {
        "AZURE_STORAGE_KEY" => Some(KEY.to_owned()),
        _ => None,
    };
    let read = |url: &str| {
        let (place, parameters) = split(url);
        azure(place, parameters, &environment, None)
    };
    let options = read("//acc/con?credentials=env").unwrap();
    assert_eq!(options.key, AzureKey::Account(Secret::new(KEY.to_owned())));
    assert!(read("//acc/con").is_err());
}

#[cfg(feature = "s3")]
#[test]
fn an_s3_url_names_bucket_and_prefix() {
    let url = format!("//b/p?region=eu-central-1&access_key=A&secret_key={KEY}&session_token=t");
    let options = s3_of(&url).unwrap();
    assert_eq!((options.bucket.as_str(), options.region.as_str()), ("b", "eu-central-1"));
    assert_eq!((options.store.prefix.as_str(), options.path_style), ("p/", false));
    assert!(options.key.is_some_and(|key| key.session_token.is_some()));
    let own = s3_of("//b?endpoint=http://h:1/&credentials=anonymous").unwrap();
    assert_eq!((own.region.as_str(), own.path_style, own.key), ("us-east-1", true, None));
    assert_eq!(own.store.http.endpoint.as_deref(), Some("http://h:1"));
    let dotted = s3_of("//a.b?region=r&credentials=anonymous").unwrap();
    assert!(dotted.path_style, "a certificate for all buckets covers no dots");
}

#[cfg(feature = "s3")]
#[test]
fn bad_s3_urls_are_refused_by_name() {
    for (url, cause) in [
        ("//", "s3://bucket"),
        ("//b?region=r", "it needs access_key and secret_key"),
        (&format!("//b?region=r&secret_key={KEY}"), "it needs access_key and secret_key"),
        ("//b?credentials=anonymous", "it needs region"),
        ("//b?credentials=env&region=r", "AWS_ACCESS_KEY_ID"),
        (&format!("//b?region=r&credentials=env&secret_key={KEY}"), "exclude one another"),
        ("//b?region=r/s", "\"region\" is \"r/s\", it must be the name of a region"),
        ("//b?path_style=yes", "\"path_style\" is \"yes\", it must be true or false"),
        ("//b?acl=x", "\"acl\" is not known; known are region, path_style"),
    ] {
        let why = why(url, s3_of(url));
        assert!(why.contains(cause), "{url}: {why}");
    }
}

#[cfg(feature = "s3")]
#[test]
fn s3_credentials_come_from_the_environment_only_if_asked_for() {
    let environment = |name: &str| Some(format!("value of {name}"));
    let (place, parameters) = split("//b?region=r&credentials=env");
    let key = s3(place, parameters, &environment).unwrap().key.unwrap();
    assert_eq!(key.access_key, "value of AWS_ACCESS_KEY_ID");
    assert_eq!(key.session_token, Some(Secret::new("value of AWS_SESSION_TOKEN".to_owned())));
    assert!(s3_of("//b?region=r").is_err());
}

#[cfg(feature = "gcs")]
fn gcs_of(url: &str) -> Result<GcsOptions> {
    let (place, parameters) = split(url);
    gcs(place, parameters, &no_environment, None)
}

/// A key file with this content, which goes when the test does.
#[cfg(feature = "gcs")]
struct KeyFile(std::path::PathBuf);

#[cfg(feature = "gcs")]
impl KeyFile {
    fn new(name: &str, content: &str) -> Self {
        let name = format!("tombolo-key-{}-{name}.json", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

#[cfg(feature = "gcs")]
impl Drop for KeyFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(feature = "gcs")]
#[test]
fn a_gs_url_names_bucket_and_prefix() {
    let options = gcs_of("//b/p/q?token=t&part_size=6000000").unwrap();
    assert_eq!((options.bucket.as_str(), options.store.prefix.as_str()), ("b", "p/q/"));
    assert_eq!(options.key, GcsKey::Token(Credential::fixed("t".to_owned())));
    assert_eq!(gcs_of("//b?credentials=anonymous").unwrap().key, GcsKey::Anonymous);
    let given = Credential::new(std::sync::Arc::new(crate::identity::AccessToken::new("t")));
    let read = |url: &str| {
        let (place, parameters) = split(url);
        gcs(place, parameters, &no_environment, Some(given.clone()))
    };
    assert_eq!(read("//b").unwrap().key, GcsKey::Token(given.clone()));
    for url in ["//b?token=t", "//b?credentials=anonymous", "//b?credentials=env"] {
        assert!(why(url, read(url)).contains("exclude one another"), "{url}");
    }
}

#[cfg(feature = "gcs")]
#[test]
fn bad_gs_urls_are_refused_by_name() {
    for (url, cause) in [
        ("//", "gs://bucket"),
        ("b", "gs://bucket"),
        ("//b", "it needs service_account, token"),
        ("//b?token=t&credentials=anonymous", "exclude one another"),
        ("//b?service_account=/nowhere", "service_account: \"/nowhere\" cannot be read"),
        ("//b?credentials=env", "GOOGLE_APPLICATION_CREDENTIALS is not set"),
        ("//b?region=r", "\"region\" is not known; known are service_account, token"),
        (&format!("//b?secret={KEY}"), "\"secret\" is not known"),
    ] {
        let why = why(url, gcs_of(url));
        assert!(why.contains(cause), "{url}: {why}");
    }
}

#[cfg(feature = "gcs")]
#[test]
fn key_files_are_refused_with_the_cause_and_nothing_of_them_is_shown() {
    let whole = format!(r#"{{"type": "service_account", "private_key": "{KEY}""#);
    for (name, content, cause) in [
        ("none", format!("not JSON {KEY}"), "is not JSON"),
        ("cut", whole.clone(), "is not JSON"),
        ("list", format!("[\"{KEY}\"]"), "is not JSON"),
        ("nobody", format!("{whole}}}"), "no `client_email`"),
        ("user", format!(r#"{{"type": "authorized_user", "private_key": "{KEY}"}}"#), "`type`"),
        (
            "issuer",
            format!(r#"{whole}, "client_email": "a@b", "token_uri": "http://b/"}}"#),
            "`token_uri`",
        ),
    ] {
        let file = KeyFile::new(name, &content);
        let url = format!("//b?service_account={}", file.0.display());
        let why = why(&url, gcs_of(&url));
        assert!(why.contains(cause) && why.contains(".json"), "{name}: {why}");
    }
    let file = KeyFile::new("no-key", &format!(r#"{whole}, "client_email": "a@b"}}"#));
    let options = gcs_of(&format!("//b?service_account={}", file.0.display())).unwrap();
    assert!(!format!("{options:?}").contains(KEY));
    let why = why("", crate::blob::cloud::gcs::open(options).map(|_| ()));
    assert!(why.contains("no RSA key"), "{why}");
}

#[cfg(feature = "gcs")]
#[test]
fn a_key_file_comes_from_the_environment_only_if_asked_for() {
    let content = r#"{"type": "service_account", "private_key": "k", "client_email": "a@b"}"#;
    let file = KeyFile::new("environment", content);
    let path = file.0.display().to_string();
    let environment = |name: &str| (name == "GOOGLE_APPLICATION_CREDENTIALS").then(|| path.clone());
    let read = |url: &str| {
        let (place, parameters) = split(url);
        gcs(place, parameters, &environment, None)
    };
    let options = read("//b?credentials=env").unwrap();
    assert!(
        matches!(options.key, GcsKey::Account(account) if account.token_uri.contains("google"))
    );
    assert!(read("//b").is_err());
}

#[cfg(all(feature = "azure", feature = "gcs"))]
#[test]
fn a_token_goes_over_tls_or_stays_here() {
    for (endpoint, is_safe) in [
        ("https://proxy.test", true),
        ("http://127.0.0.1:9", true),
        ("http://localhost", true),
        ("http://[::1]:9/base", true),
        ("http://127.0.0.1.test", false),
        ("http://storage.test", false),
    ] {
        for token in ["token=t", "credentials=anonymous"] {
            let azure = azure_of(&format!("//a/c?endpoint={endpoint}&{token}"));
            let gcs = gcs_of(&format!("//b?endpoint={endpoint}&{token}"));
            let fine = is_safe || token.starts_with("credentials");
            assert_eq!((azure.is_ok(), gcs.is_ok()), (fine, fine), "{endpoint} {token}");
        }
    }
}

#[cfg(feature = "azure")]
#[test]
fn azure_takes_a_token_in_place_of_a_key() {
    let options = azure_of(&format!("//acc/con?token={KEY}")).unwrap();
    assert!(matches!(options.key, AzureKey::Token(_)) && !format!("{options:?}").contains(KEY));
    let both = format!("//acc/con?token={KEY}&account_key={KEY}");
    assert!(why(&both, azure_of(&both)).contains("exclude one another"));
}

#[cfg(feature = "s3")]
#[test]
fn the_way_of_the_bytes_is_told_by_parameters() {
    use crate::blob::cloud::checksum::Checksums;
    use crate::blob::cloud::transfer::TransferOptions;

    let url = "//b?region=r&credentials=anonymous";
    let options = s3_of(url).unwrap();
    assert_eq!((options.store.transfer, options.sign_payload), (Default::default(), true));
    let all =
        "&parallel_parts=2&parallel_ranges=64&range_size=65536&checksums=all&sign_payload=false";
    let options = s3_of(&format!("{url}{all}")).unwrap();
    let transfer = TransferOptions {
        parallel_parts: 2,
        parallel_ranges: 64,
        range_size: Some(65_536),
        checksums: Checksums::All,
    };
    assert_eq!((options.store.transfer, options.sign_payload), (transfer, false));
    for (parameter, cause) in [
        ("parallel_parts=0", "\"parallel_parts\" is \"0\", it must be a number from 1 to 64"),
        ("parallel_ranges=65", "it must be a number from 1 to 64"),
        ("range_size=65535", "it must be a number of bytes from 65536 to 1073741824"),
        ("checksums=md5", "it must be true, false or all"),
        ("sign_payload=1", "it must be true or false"),
    ] {
        let url = format!("{url}&{parameter}");
        assert!(why(&url, s3_of(&url)).contains(cause), "{url}");
    }
}

#[test]
fn ranges_are_as_long_as_the_service_tells_checksums_of() {
    use crate::blob::cloud::checksum::Checksums;
    use crate::blob::cloud::transfer::TransferOptions;

    let (quick, off) = (TransferOptions::default(), Checksums::Off);
    assert_eq!((quick.range_size(None), quick.range_size(Some(4 << 20))), (8 << 20, 4 << 20));
    let off = TransferOptions { checksums: off, ..TransferOptions::default() };
    assert_eq!(off.range_size(Some(4 << 20)), 8 << 20);
    let told = TransferOptions { range_size: Some(9), ..TransferOptions::default() };
    assert_eq!(told.range_size(Some(4 << 20)), 9);
}

#[test]
fn options_show_no_secret() {
    #[cfg(feature = "gcs")]
    {
        let url = format!("//b?token={KEY}&proxy=http://u:{KEY}@h:1");
        assert!(!format!("{:?}", gcs_of(&url).unwrap()).contains(KEY));
    }
    #[cfg(feature = "azure")]
    {
        let url = format!("//a/c?account_key={KEY}&proxy=http://u:{KEY}@h:1");
        assert!(!format!("{:?}", azure_of(&url).unwrap()).contains(KEY));
    }
    #[cfg(feature = "s3")]
    {
        let url = format!("//b?region=r&access_key=A&secret_key={KEY}&session_token={KEY}");
        assert!(!format!("{:?}", s3_of(&url).unwrap()).contains(KEY));
    }
}
