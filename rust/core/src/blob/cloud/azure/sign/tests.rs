use http::Request;
use object_store::azure::{AzureAccessKey, AzureAuthorizer, AzureCredential};
use object_store::client::HttpRequestBody;

use super::*;

const KEY: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";

fn request(method: Method, url: &str, headers: &[(&str, &str)]) -> HttpRequest {
    let mut request =
        Request::builder().method(method).uri(url).body(HttpRequestBody::empty()).unwrap();
    for (name, value) in headers {
        let name = http::HeaderName::try_from(*name).unwrap();
        request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
    }
    request
}

/// The example of Microsoft's page.
#[test]
fn the_text_is_that_of_the_reference() {
    let url = "https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20";
    let headers = [
        ("x-ms-version", "2015-02-21"),
        ("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"),
        ("content-length", "0"),
    ];
    let request = request(Method::GET, url, &headers);
    let text = to_sign("myaccount", request.method(), request.uri(), request.headers()).unwrap();
    let wanted = "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n\
                  x-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\n\
                  restype:container\ntimeout:20";
    assert_eq!(text, wanted);
}

#[test]
fn several_values_of_a_name_are_joined() {
    let request = request(Method::GET, "https://a.test/c?Include=b&comp=list&include=a%2Cc", &[]);
    let text = to_sign("a", request.method(), request.uri(), request.headers()).unwrap();
    assert!(text.ends_with("/a/c\ncomp:list\ninclude:a,c,b"), "{text}");
}

/// What another implementation signs has the same signature here.
#[test]
fn signatures_are_those_of_another_implementation() {
    let credential = AzureCredential::AccessKey(AzureAccessKey::try_new(KEY).unwrap());
    let signer = Signer::new("account", &BASE64.decode(KEY).unwrap());
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..2000 {
        let mut text = |of: &str| -> String {
            let letters: Vec<_> = of.chars().collect();
            (0..random(9)).map(|_| letters[random(letters.len())]).collect()
        };
        let path = encode::path(&text("ab/ %+&=\u{e9}~"));
        let query = encode::pairs(&[
            ("comp", text("a +&=%\u{e9}").as_str()),
            ("prefix", &text("a/b")),
            ("marker", ""),
        ]);
        let urls = [
            format!("http://127.0.0.1:10000/account/{path}"),
            format!("https://a.test/{path}?{query}"),
        ];
        let own = [text("ab ="), text("xy")];
        let headers = [
            ("x-ms-version", "2023-11-03"),
            ("x-ms-meta-b", own[0].as_str()),
            ("x-ms-meta-a", own[1].as_str()),
            ("content-length", ["0", "17", "1000"][random(3)]),
            ("content-type", ["", "a/b"][random(2)]),
            ("if-match", ["", "\"0x8D\""][random(2)]),
            ("if-none-match", ["", "*"][random(2)]),
            ("range", ["", "bytes=1-2"][random(2)]),
        ];
        let method = [Method::GET, Method::PUT, Method::HEAD][random(3)].clone();
        let url = &urls[random(2)];

        let mut theirs = request(method.clone(), url, &headers);
        AzureAuthorizer::new(&credential, "account").try_authorize(&mut theirs).unwrap();
        let when = theirs.headers()[DATE].to_str().unwrap();
        let when = DateTime::parse_from_rfc2822(when).unwrap().to_utc();
        let mut ours = request(method, url, &headers);
        signer.sign_at(when, &mut ours).unwrap();
        assert_eq!(ours.headers(), theirs.headers(), "{url}");
    }
}
