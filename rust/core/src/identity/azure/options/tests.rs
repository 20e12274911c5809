use super::*;

const SECRET: &str = "s3cr3t";

/// The environment of a test.
fn of<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    move |name| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    }
}

fn read(url: &str, set: &[(&str, &str)]) -> Result<Options> {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    Options::read(place, query, &of(set))
}

const APPLICATION: [(&str, &str); 3] =
    [("AZURE_TENANT_ID", "t-1"), ("AZURE_CLIENT_ID", "c-1"), ("AZURE_CLIENT_SECRET", SECRET)];

fn only(options: Options) -> Member {
    let [one] = <[Member; 1]>::try_from(options.members).unwrap();
    one
}

fn entra(url: &str, set: &[(&str, &str)]) -> Entra {
    match only(read(url, set).unwrap()) {
        Member::Entra(entra) => entra,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_url_leaves_out_is_in_the_environment() {
    let read = entra("client-secret", &APPLICATION);
    assert_eq!((read.name, read.client_id.as_str()), ("client-secret", "c-1"));
    let url = "https://login.microsoftonline.com/t-1/oauth2/v2.0/token";
    assert_eq!(read.http.endpoint.as_deref(), Some(url));
    assert_eq!(read.proof, Proof::Secret(Secret::new(SECRET.into())));
    let given = entra(
        "client-secret?tenant_id=t-2&client_id=c-2&client_secret_file=/run/s&\
         authority_host=https://login.test/&user_agent=me",
        &APPLICATION,
    );
    assert_eq!(given.proof, Proof::SecretFile("/run/s".into()));
    assert_eq!(given.client_id, "c-2");
    assert_eq!(given.http.endpoint.as_deref(), Some("https://login.test/t-2/oauth2/v2.0/token"));
    assert_eq!(given.http.user_agent.as_deref(), Some("me"));
    let file = ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/t");
    let [tenant, client, _] = APPLICATION;
    let host = ("AZURE_AUTHORITY_HOST", "https://login.test/");
    let workload = entra("workload", &[tenant, client, file, host]);
    assert_eq!(workload.proof, Proof::Federated("/var/run/t".into()));
    assert_eq!(workload.http.endpoint.as_deref(), Some("https://login.test/t-1/oauth2/v2.0/token"));
}

#[test]
fn a_certificate_is_used_as_the_url_says() {
    let [tenant, client, _] = APPLICATION;
    let file = ("AZURE_CLIENT_CERTIFICATE_PATH", "/etc/c.pem");
    let proof = |url: &str, set: &[(&str, &str)]| match entra(url, set).proof {
        Proof::Certificate { file, algorithm, send_chain } => (file, algorithm, send_chain),
        other => panic!("{other:?}"),
    };
    let set = [tenant, client, file, ("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "true")];
    let path: std::path::PathBuf = "/etc/c.pem".into();
    assert_eq!(proof("client-certificate", &set), (path.clone(), Algorithm::Ps256, true));
    let other = "client-certificate?algorithm=RS256&send_chain=false";
    assert_eq!(proof(other, &set), (path, Algorithm::Rs256, false));
}

#[test]
fn a_managed_identity_is_where_the_environment_says() {
    let place = |url: &str, set: &[(&str, &str)]| match only(read(url, set).unwrap()) {
        Member::Managed(managed) => managed,
        other => panic!("{other:?}"),
    };
    let metadata = |url: &str| Place::metadata(url).unwrap();
    // Its client is not that of the environment, which may be a workload's.
    let [_, client, _] = APPLICATION;
    let own = Managed::new(metadata(Place::METADATA), None, None);
    assert_eq!(place("managed", &[client]), own);
    let other = ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9/");
    let elsewhere = Managed::new(metadata("http://127.0.0.1:9"), Some("c-2".into()), None);
    assert_eq!(place("managed?client_id=c-2", &[other]), elsewhere);
    let app = [("IDENTITY_ENDPOINT", "http://127.0.0.1:8/msi"), ("IDENTITY_HEADER", SECRET)];
    let service = Place::app_service("http://127.0.0.1:8/msi".into(), SECRET.into()).unwrap();
    let managed = place("managed", &app);
    assert_eq!(managed, Managed::new(service, None, None));
    assert!(!format!("{managed:?}").contains(SECRET));
}

#[test]
fn a_chain_has_all_members_and_says_what_is_missing() {
    let chain = read("default?program=/bin/az", &APPLICATION).unwrap();
    assert!(chain.is_chain);
    let missing = |member: &Member| match member {
        Member::Missing(why) => Some(why.clone()),
        _ => None,
    };
    let missing: Vec<_> = chain.members.iter().filter_map(missing).collect();
    assert_eq!(
        missing,
        [
            "client-certificate: AZURE_CLIENT_CERTIFICATE_PATH is not set, and certificate_file \
             not given",
            "workload: AZURE_FEDERATED_TOKEN_FILE is not set, and token_file not given"
        ]
    );
    assert!(matches!(chain.members.first(), Some(Member::Entra(_))));
    assert!(!format!("{chain:?}").contains(SECRET));
    let other = read("default?program=/bin/az", &APPLICATION).unwrap();
    assert_eq!(chain, other, "by this the process knows it again");
}

#[test]
fn what_is_wrong_is_named() {
    let [tenant, client, secret] = APPLICATION;
    let arc = ("IDENTITY_ENDPOINT", "http://127.0.0.1:8/msi");
    for (url, set, why) in [
        ("client-secret", vec![], "azure:client-secret: AZURE_CLIENT_SECRET is not set"),
        ("client-secret", vec![secret], "AZURE_TENANT_ID is not set, and tenant_id not given"),
        ("client-secret", vec![secret, tenant], "AZURE_CLIENT_ID is not set"),
        ("client-secret?tenant_id=a/../b", APPLICATION.to_vec(), "tenant_id: "),
        (
            "client-secret?authority_host=http://login.test",
            APPLICATION.to_vec(),
            "authority_host: ",
        ),
        ("client-secret?authority_host=https://a?b=", APPLICATION.to_vec(), "authority_host: "),
        ("client-secret?client_secret=s3cr3t", vec![], "known are tenant_id, client_id"),
        ("client-secret?client_secret_file=a", vec![], "must be the absolute path"),
        ("client-certificate", vec![tenant, client], "AZURE_CLIENT_CERTIFICATE_PATH is not set"),
        ("client-certificate?algorithm=none&certificate_file=/a", vec![], "PS256 or RS256"),
        ("client-certificate?send_chain=2&certificate_file=/a", vec![], "true or false"),
        ("workload", vec![tenant, client], "AZURE_FEDERATED_TOKEN_FILE is not set"),
        ("managed?metadata_endpoint=gopher://a", vec![], "metadata_endpoint: "),
        ("managed?tenant_id=t", vec![], "known are client_id, metadata_endpoint, user_agent"),
        ("managed", vec![arc], "Azure Arc's endpoint is not known"),
        ("cli?program=az", vec![], "must be the absolute path"),
        ("cli?tenant_id=--debug", vec![], "tenant_id: "),
        ("default?password=s3cr3t", vec![], "\"password\" is not known"),
        ("default?ca_file=/none", vec![], "ca_file: "),
    ] {
        let error = read(url, &set).unwrap_err();
        assert_eq!(error.code(), crate::ErrorCode::InvalidArgument, "{url}");
        assert!(error.message().contains(why), "{url}: {error}");
        assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
    }
}
