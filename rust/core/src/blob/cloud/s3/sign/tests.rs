use http::{Method, Request};
use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::HttpRequestBody;

use super::*;
use crate::net::encode;
use crate::net::secret::Secret;

fn key(token: Option<&str>) -> S3Key {
    S3Key {
        access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_key: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
        session_token: token.map(|token| Secret::new(token.to_owned())),
    }
}

fn request(method: Method, url: &str, headers: &[(&str, &str)]) -> HttpRequest {
    let mut request =
        Request::builder().method(method).uri(url).body(HttpRequestBody::empty()).unwrap();
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).unwrap();
        request.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
    }
    request
}

/// The examples of Amazon's page: a get of a range, a put, a query without a value, and a listing.
#[test]
fn signatures_are_those_of_the_reference() {
    let now = DateTime::parse_from_rfc3339("2013-05-24T00:00:00Z").unwrap().to_utc();
    let signer = Signer::new(key(None), "us-east-1").unwrap();
    let host = "https://examplebucket.s3.amazonaws.com";
    let put =
        [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")];
    let body = Bytes::from_static(b"Welcome to Amazon S3.");
    for (method, url, headers, body, signed, signature) in [
        (
            Method::GET,
            "/test.txt",
            &[("range", "bytes=0-9")][..],
            &[][..],
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            Method::PUT,
            "/test%24file.text",
            &put,
            &[body.slice(..7), body.slice(7..)],
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            Method::GET,
            "/?lifecycle=",
            &[],
            &[],
            "host;x-amz-content-sha256;x-amz-date",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            Method::GET,
            "/?prefix=J&max-keys=2",
            &[],
            &[],
            "host;x-amz-content-sha256;x-amz-date",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ] {
        let mut request = request(method, &format!("{host}{url}"), headers);
        signer.sign_at(now, &mut request, Some(body)).unwrap();
        let found = request.headers()[AUTHORIZATION].to_str().unwrap();
        let wanted = format!(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders={signed}, Signature={signature}"
        );
        assert_eq!(found, wanted, "{url}");
    }
}

/// Numbers that look random and are the same each time (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }

    fn text(&mut self, of: &str) -> String {
        let letters: Vec<_> = of.chars().collect();
        (0..self.next(9)).map(|_| letters[self.next(letters.len())]).collect()
    }
}

/// What another implementation signs has the same signature here.
#[test]
fn signatures_are_those_of_another_implementation() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..2000 {
        let token = (round % 3 == 0).then_some("a-token");
        let credential = AwsCredential {
            key_id: key(None).access_key,
            secret_key: key(None).secret_key.expose().to_owned(),
            token: token.map(str::to_owned),
        };
        let host =
            ["http://127.0.0.1:9000", "https://b.test:443", "http://b.test:80", "https://b.test"];
        let path = encode::path(&random.text("ab/ %+&=\u{e9}~"));
        let names: Vec<_> =
            (0..random.next(4)).map(|at| format!("{}{at}", random.text("ab-"))).collect();
        let pairs: Vec<_> =
            names.iter().map(|name| (name.as_str(), random.text("a /+&=%\u{e9}"))).collect();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let query =
            if pairs.is_empty() { String::new() } else { format!("?{}", encode::pairs(&pairs)) };
        let url = format!("{}/{path}{query}", host[random.next(host.len())]);
        let values: Vec<_> = (0..random.next(5)).map(|_| random.text("a b,;=\"")).collect();
        let header =
            |(at, value): (usize, &String)| (format!("x-amz-meta-{}", at / 2), value.clone());
        let mut headers: Vec<_> = values.iter().enumerate().map(header).collect();
        headers.push(("content-length".to_owned(), "7".to_owned()));
        headers.push(("content-type".to_owned(), "a/b".to_owned()));
        let headers: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let method = [Method::GET, Method::PUT, Method::POST][random.next(3)].clone();
        let body = [Bytes::from(random.text("xyz")), Bytes::from(random.text("xyz"))];

        let mut theirs = request(method.clone(), &url, &headers);
        let signs = random.next(4) > 0;
        let digest = ring::digest::digest(&SHA256, &body.concat());
        AwsAuthorizer::new(&credential, "s3", "r-1")
            .with_sign_payload(signs)
            .try_authorize(&mut theirs, Some(digest.as_ref()))
            .unwrap();
        let when = theirs.headers()[&DATE].to_str().unwrap();
        let when = chrono::NaiveDateTime::parse_from_str(when, "%Y%m%dT%H%M%SZ").unwrap().and_utc();
        let mut ours = request(method, &url, &headers);
        Signer::new(key(token), "r-1")
            .unwrap()
            .sign_at(when, &mut ours, signs.then_some(body.as_slice()))
            .unwrap();
        assert_eq!(ours.headers(), theirs.headers(), "{url}");
    }
}

#[test]
fn another_day_has_another_key() {
    let signer = Signer::new(key(None), "us-east-1").unwrap();
    let signed = |time: &str| {
        let mut request = request(Method::GET, "https://a.test/b", &[]);
        let time = DateTime::parse_from_rfc3339(time).unwrap().to_utc();
        signer.sign_at(time, &mut request, Some(&[])).unwrap();
        request.headers()[AUTHORIZATION].to_str().unwrap().to_owned()
    };
    let first = signed("2013-05-24T23:59:59Z");
    let second = signed("2013-05-25T00:00:00Z");
    assert!(first.contains("/20130524/us-east-1/") && second.contains("/20130525/us-east-1/"));
    assert_eq!(signed("2013-05-24T23:59:59Z"), first);
    assert!(!format!("{:?}", signer.key).contains("wJalr"));
}
