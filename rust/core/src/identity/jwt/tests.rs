use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};

use super::*;
use crate::ErrorCode;

const NOW: u64 = 1_800_000_000;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An issuer with an Ed25519 key `ed` and a P-256 key `ec`.
struct Issuer {
    ed: Ed25519KeyPair,
    ec: EcdsaKeyPair,
}

impl Issuer {
    fn new() -> Self {
        let random = SystemRandom::new();
        let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let ec = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(ec, &random).unwrap();
        Self {
            ed: Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap(),
            ec: EcdsaKeyPair::from_pkcs8(ec, pkcs8.as_ref(), &random).unwrap(),
        }
    }

    fn ed_jwk(&self, more: &str) -> String {
        let x = encoded(self.ed.public_key());
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"{more}}}"#)
    }

    fn ec_jwk(&self, more: &str) -> String {
        let point = self.ec.public_key().as_ref();
        let (x, y) = (encoded(&point[1..33]), encoded(&point[33..]));
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"{more}}}"#)
    }

    fn keys(&self) -> KeySet {
        let (ed, ec) = (self.ed_jwk(r#","kid":"ed","use":"sig""#), self.ec_jwk(r#","kid":"ec""#));
        KeySet::from_json(&format!(r#"{{"keys":[{ed},{ec}]}}"#)).unwrap()
    }

    fn verifier(&self) -> Verifier {
        Verifier::with_keys(self.keys(), rules()).unwrap()
    }

    fn token(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", encoded(header), encoded(payload));
        let signature = if header.contains("ES256") {
            self.ec.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec()
        } else {
            self.ed.sign(signed.as_bytes()).as_ref().to_vec()
        };
        format!("{signed}.{}", encoded(signature))
    }

    fn good(&self, payload: &str) -> String {
        self.token(r#"{"alg":"EdDSA","kid":"ed","typ":"JWT"}"#, payload)
    }
}

fn rules() -> Rules {
    Rules::new("https://issuer", "service")
}

fn payload(more: &str) -> String {
    format!(r#"{{"iss":"https://issuer","aud":"service","exp":{}{more}}}"#, NOW + 300)
}

fn why(verifier: &Verifier, token: &str) -> String {
    let error = verifier.verify_at(token, now()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unauthenticated, "{error}");
    assert!(!error.retryable());
    let message = error.message().strip_prefix("the token is refused: ");
    message.unwrap_or_else(|| panic!("{error}")).to_owned()
}

#[test]
fn the_examples_of_the_specifications_are_verified() {
    // RFC 7515, appendices A.2 and A.3.
    let rsa = r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#;
    let ec = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let by_rsa = format!(
        "eyJhbGciOiJSUzI1NiJ9.{payload}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
    let by_ec = format!(
        "eyJhbGciOiJFUzI1NiJ9.{payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    let then = UNIX_EPOCH + Duration::from_secs(1_300_819_000);
    for (key, token) in [(rsa, by_rsa), (ec, by_ec)] {
        let rules = Rules { audiences: Vec::new(), ..Rules::new("joe", "") };
        let verifier = Verifier::with_keys(KeySet::from_json(key).unwrap(), rules).unwrap();
        let claims = verifier.verify_at(&token, then).unwrap();
        assert_eq!(claims.issuer().unwrap(), "joe");
        assert_eq!(claims.boolean("http://example.com/is_root"), Some(true));
        let mut broken = token.into_bytes();
        broken[150] ^= 1;
        let broken = String::from_utf8(broken).unwrap();
        assert!(verifier.verify_at(&broken, then).is_err());
    }
    // RFC 8037, appendix A.4, which signs a text.
    let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let keys = KeySet::from_json(key).unwrap();
    let signature =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let text = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let key = keys.fitting("", Algorithm::EdDsa).next().unwrap();
    assert!(key.verifies(Algorithm::EdDsa, text, &signature));
    assert!(!key.verifies(Algorithm::Es256, text, &signature));
}

#[test]
fn a_good_token_gives_its_claims() {
    let issuer = Issuer::new();
    let more = format!(
        r#","sub":"ann","nbf":{NOW},"iat":{NOW}.5,"scope":"read write","n":-3,"esc\u0061ped":"a\"b",
        "deep":{{"roles":["a","b"],"x/y":1}},"none":null"#
    );
    for header in [
        r#"{"alg":"EdDSA","kid":"ed"}"#,
        r#"{"alg":"Ed25519"}"#,
        r#"{"alg":"ES256","kid":"ec"}"#,
        r#"{"alg":"ES256","kid":"e\u0063","jku":"https://evil","jwk":{},"x5c":["a"]}"#,
    ] {
        let claims = issuer.verifier().verify_at(&issuer.token(header, &payload(&more)), now());
        let claims = claims.unwrap();
        assert_eq!(claims.subject().unwrap(), "ann");
        assert_eq!(claims.audiences(), ["service"]);
        assert_eq!(claims.expires_at(), Some(now() + Duration::from_secs(300)));
        assert_eq!(claims.issued_at(), Some(now() + Duration::from_millis(500)));
        assert!(claims.has_scope("write") && !claims.has_scope("writ") && !claims.has_scope(""));
        assert_eq!((claims.integer("n"), claims.number("n")), (Some(-3), Some(-3.0)));
        assert_eq!(claims.text("escaped").unwrap(), "a\"b");
        assert_eq!(claims.texts("/deep/roles"), ["a", "b"]);
        assert_eq!(claims.text("/deep/roles/1").unwrap(), "b");
        assert_eq!(claims.integer("/deep/x~1y"), Some(1));
        assert_eq!(
            (claims.text("n"), claims.integer("sub"), claims.boolean("gone")),
            (None, None, None)
        );
        assert!(
            claims.has("none")
                && claims.has("/none")
                && !claims.has("/none/a")
                && !claims.has("gone")
        );
        assert!(!format!("{claims:?}").contains("ann"));
        assert!(claims.names().any(|name| name == "escaped"));
    }
}

#[test]
fn how_a_token_is_made_is_checked_first() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let good = issuer.good(&payload(""));
    verifier.verify_at(&good, now()).unwrap();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let swapped = issuer.good(&payload(r#","admin":true"#));
    let swapped = swapped.rsplit_once('.').unwrap().0;
    let three = "it is not three parts with dots between them";
    for (token, expected) in [
        ("", three),
        ("a.b", three),
        ("a.b.c.d", three),
        ("a.b.c.d.e", "it is encrypted, which is not supported"),
        ("a.b.c", "its header is not base64url"),
        ("e30=.b.c", "its header is not base64url"),
        (&format!("{}.b.c", encoded("{}")), "its header is not the JSON of one (column 2)"),
        (&format!("{}.b.c", encoded("[1")), "its header is not the JSON of one"),
        (&format!("{signed}.***"), "its signature is not base64url"),
        (&format!("{signed}."), "its signature is wrong"),
        (&format!("{signed}.{}", encoded([0; 64])), "its signature is wrong"),
        (&format!("{swapped}.{signature}"), "its signature is wrong"),
        (&format!("{good}="), "its signature is not base64url"),
        (&"a".repeat(70_000), "it has 70000 bytes, the limit is 65536"),
    ] {
        let why = why(&verifier, token);
        assert!(why.starts_with(expected), "{token:.60}: {why}");
    }
    for (header, expected) in [
        (r#"{"alg":"none"}"#, "it is not signed (alg none)"),
        (r#"{"alg":"NoNe","kid":"ed"}"#, "it is not signed (alg none)"),
        (
            r#"{"alg":"HS256","kid":"ed"}"#,
            "its algorithm \"HS256\" is not one of RS256, PS256, ES256, EdDSA",
        ),
        (r#"{"alg":"ES384"}"#, "its algorithm \"ES384\" is not one of"),
        (r#"{"alg":"eddsa"}"#, "its algorithm \"eddsa\" is not one of"),
        (r#"{"alg":"RS256","kid":"ed"}"#, "the issuer has no key \"ed\" for RS256"),
        (r#"{"alg":"EdDSA","kid":"ec"}"#, "the issuer has no key \"ec\" for EdDSA"),
        (r#"{"alg":"EdDSA","kid":"new"}"#, "the issuer has no key \"new\" for EdDSA"),
        (r#"{"alg":"EdDSA","crit":["b64"],"b64":false}"#, "its header asks for an extension"),
        (r#"{"alg":"EdDSA","alg":"none"}"#, "its header is not the JSON of one"),
        (r#"{"kid":"ed"}"#, "its header is not the JSON of one"),
        (r#"{"alg":5}"#, "its header is not the JSON of one"),
        (r#"{"alg":null}"#, "its header is not the JSON of one"),
    ] {
        let why = why(&verifier, &issuer.token(header, &payload("")));
        assert!(why.starts_with(expected), "{header}: {why}");
    }
}

#[test]
fn a_payload_that_is_signed_is_checked_as_well() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    for (payload, expected) in [
        ("not json", "its payload is not the JSON of one"),
        ("[]", "its payload is not the JSON of one"),
        (r#"{"a":1}x"#, "its payload is not the JSON of one"),
        (r#"{"a":1,"b":2,"\u0061":3}"#, "it has the claim \"a\" twice"),
        ("{}", "it names no issuer (iss)"),
        (r#"{"iss":1}"#, "it names no issuer (iss)"),
        (
            r#"{"iss":"https://issuer/"}"#,
            "its issuer is \"https://issuer/\", not \"https://issuer\"",
        ),
        (r#"{"iss":"https:\/\/issuer"}"#, "it names no audience (aud)"),
        (
            r#"{"iss":"https://issuer","aud":"other"}"#,
            "it is meant for [\"other\"], not for [\"service\"]",
        ),
        (r#"{"iss":"https://issuer","aud":["a","b"]}"#, "it is meant for [\"a\", \"b\"]"),
        (r#"{"iss":"https://issuer","aud":["service",1]}"#, "it names no audience (aud)"),
        (
            r#"{"iss":"https://issuer","aud":["a","service"]}"#,
            "it does not say when it expires (exp)",
        ),
        (r#"{"iss":"https://issuer","aud":"service","exp":"x"}"#, "its exp is not a time"),
        (r#"{"iss":"https://issuer","aud":"service","exp":-1}"#, "its exp is not a time"),
        (r#"{"iss":"https://issuer","aud":"service","exp":1e300}"#, "its exp is not a time"),
        (r#"{"iss":"https://issuer","aud":"service","exp":1e999}"#, "its exp is not a time"),
        (r#"{"iss":"https://issuer","aud":"service","exp":0}"#, "it expired 1800000000 s ago"),
    ] {
        let why = why(&verifier, &issuer.good(payload));
        assert!(why.starts_with(expected), "{payload}: {why}");
    }
    let deep = format!("{{\"a\":{}}}", "[".repeat(40_000));
    assert!(why(&verifier, &issuer.good(&deep)).starts_with("its payload is not the JSON of one"));
    let invalid = issuer.ed.sign(b"").as_ref().to_vec();
    let signed = format!("{}.{}", encoded(r#"{"alg":"EdDSA"}"#), encoded(&invalid));
    let token = format!("{signed}.{}", encoded(issuer.ed.sign(signed.as_bytes())));
    assert_eq!(why(&verifier, &token), "its payload is not UTF-8");
}

#[test]
fn times_hold_with_the_skew_that_is_allowed() {
    let issuer = Issuer::new();
    let rules = Rules {
        clock_skew: Duration::from_secs(10),
        max_age: Some(Duration::from_secs(100)),
        ..rules()
    };
    let verifier = Verifier::with_keys(issuer.keys(), rules).unwrap();
    let token = |exp: u64, nbf: u64, iat: u64| {
        let claims = r#""iss":"https://issuer","aud":"service""#;
        issuer.good(&format!(r#"{{{claims},"exp":{exp},"nbf":{nbf},"iat":{iat}}}"#))
    };
    for (exp, nbf, iat) in
        [(NOW + 1, NOW, NOW), (NOW - 9, NOW + 10, NOW + 10), (NOW + 1, 0, NOW - 109)]
    {
        verifier.verify_at(&token(exp, nbf, iat), now()).unwrap();
    }
    for (exp, nbf, iat, expected) in [
        (NOW - 10, 0, NOW, "it expired 10 s ago; 10 s of skew are allowed"),
        (NOW + 1, NOW + 11, NOW, "it is not good before 11 s from now (nbf)"),
        (NOW + 1, 0, NOW + 11, "it was issued 11 s from now (iat)"),
        (NOW + 1, 0, NOW - 110, "it was issued 110 s ago, more than 100 s"),
    ] {
        assert_eq!(why(&verifier, &token(exp, nbf, iat)), expected);
    }
    let no_iat = issuer.good(&payload(""));
    assert_eq!(why(&verifier, &no_iat), "it does not say when it was issued (iat)");
}

#[test]
fn types_and_claims_that_are_required_must_be_there() {
    let issuer = Issuer::new();
    let rules = Rules {
        token_type: Some("at+jwt".to_owned()),
        required_claims: vec!["sub".to_owned(), "/cnf/jkt".to_owned()],
        ..rules()
    };
    let verifier = Verifier::with_keys(issuer.keys(), rules).unwrap();
    let token = |typ: &str, more: &str| {
        issuer.token(&format!(r#"{{"alg":"EdDSA","typ":"{typ}"}}"#), &payload(more))
    };
    let both = r#","sub":"a","cnf":{"jkt":"b"}"#;
    verifier.verify_at(&token("at+jwt", both), now()).unwrap();
    verifier.verify_at(&token("application/AT+JWT", both), now()).unwrap();
    assert_eq!(why(&verifier, &token("JWT", both)), "it is of the type \"JWT\", not \"at+jwt\"");
    assert_eq!(why(&verifier, &token("at+jwt", "")), "it has no claim \"sub\"");
    assert_eq!(
        why(&verifier, &token("at+jwt", r#","sub":"a","cnf":{}"#)),
        "it has no claim \"/cnf/jkt\""
    );
}

#[test]
fn keys_that_do_not_verify_are_passed_over_and_named() {
    let issuer = Issuer::new();
    let short = encoded([0x80; 128]);
    let others = [
        (issuer.ed_jwk(r#","use":"enc""#), "its use is \"enc\""),
        (issuer.ed_jwk(r#","key_ops":["sign"]"#), "its key_ops do not have \"verify\""),
        (issuer.ed_jwk(r#","alg":"ES256""#), "its alg \"ES256\" is not one for its kty"),
        (r#"{"kty":"oct","k":"AAAA"}"#.to_owned(), "it is a shared secret"),
        (r#"{"kty":"EC","crv":"secp256k1"}"#.to_owned(), "its kty \"EC\" with crv \"secp256k1\""),
        (r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#.to_owned(), "its x has not 32 bytes"),
        (r#"{"kty":"OKP","crv":"Ed25519","x":"A+A"}"#.to_owned(), "its x is not base64url"),
        (r#"{"kty":"RSA","n":"AAAA","e":"AQAB"}"#.to_owned(), "it has no n"),
        (format!(r#"{{"kty":"RSA","n":"{short}","e":"AQAB"}}"#), "it is an RSA key of 1024 bits"),
        ("{}".to_owned(), "it is not a key in JSON"),
        ("5".to_owned(), "it is not a key in JSON"),
    ];
    for (other, expected) in &others {
        let error = KeySet::from_json(&format!(r#"{{"keys":[{other}]}}"#)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(error.message().contains(expected), "{other}: {error}");
    }
    let others: Vec<_> = others.into_iter().map(|(other, _)| other).collect();
    let all = format!(
        r#"{{"keys":[{},{}]}}"#,
        others.join(","),
        issuer.ed_jwk(r#","key_ops":["verify"]"#)
    );
    let keys = KeySet::from_json(&all).unwrap();
    assert_eq!(keys.len(), 1);
    let verifier = Verifier::with_keys(keys, rules()).unwrap();
    verifier.verify_at(&issuer.token(r#"{"alg":"EdDSA"}"#, &payload("")), now()).unwrap();
    for none in ["", "{}", r#"{"keys":5}"#, r#"{"keys":[]}"#, "[]", "\u{0}"] {
        assert_eq!(
            KeySet::from_json(none).unwrap_err().code(),
            ErrorCode::InvalidArgument,
            "{none}"
        );
    }
    let many = format!(r#"{{"keys":[{}]}}"#, vec!["{}"; 257].join(","));
    assert!(KeySet::from_json(&many).unwrap_err().message().contains("257 keys"));
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let issuer = Issuer::new();
    for (rules, name) in [
        (Rules::new("", "a"), "issuer"),
        (Rules::new("a", ""), "audience"),
        (Rules { algorithms: Algorithms::NONE, ..rules() }, "algorithms"),
        (Rules { clock_skew: Duration::from_secs(601), ..rules() }, "clock_skew"),
        (Rules { required_claims: vec![String::new()], ..rules() }, "required_claims"),
    ] {
        let error = Verifier::with_keys(issuer.keys(), rules).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(error.message().starts_with(&format!("{name}: ")), "{error}");
    }
    assert_eq!("ES384".parse::<Algorithm>().unwrap(), Algorithm::Es384);
    assert!(
        "HS256".parse::<Algorithm>().unwrap_err().message().starts_with("algorithm: \"HS256\"")
    );
}

#[test]
fn a_url_names_keys_and_rules() {
    let issuer = Issuer::new();
    let folder = std::env::temp_dir().join(format!("tombolo-keys-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("a b.json");
    std::fs::write(&file, issuer.ed_jwk("")).unwrap();
    let url = |file: &str, query: &str| format!("jwks:{}/{file}?{query}", folder.display());
    let both = "issuer=https://issuer&audience=a&audience=service";
    let verifier = Verifier::open(&url("a%20b.json", both)).unwrap();
    verifier.verify_at(&issuer.token(r#"{"alg":"EdDSA"}"#, &payload("")), now()).unwrap();
    let strict = format!("{both}&algorithm=ES256&algorithm=RS256&max_age=60&token_type=JWT");
    let strict = Verifier::open(&url("a%20b.json", &strict)).unwrap();
    let why = why(&strict, &issuer.token(r#"{"alg":"EdDSA"}"#, &payload("")));
    assert_eq!(why, "its algorithm \"EdDSA\" is not one of RS256, ES256");
    for (url, expected) in [
        ("keys.json".to_owned(), "url: \"keys.json\" has no scheme; known are `oidc` and `jwks`"),
        ("http://a".to_owned(), "url: the scheme \"http\" is not known"),
        (format!("jwks:keys.json?{both}"), "url: the path of a file of keys must be absolute"),
        (url("none.json", both), "url: the keys in "),
        (
            url("a%20b.json", &format!("{both}&proxy=http://a")),
            "url: ca_file, proxy and user_agent are",
        ),
        (format!("jwks:http://issuer/keys?{both}"), "url: keys are fetched over TLS"),
        ("oidc:http://issuer?audience=a".to_owned(), "url: keys are fetched over TLS"),
        ("oidc:https://is suer?audience=a".to_owned(), "url: `#`, spaces and control"),
        (format!("oidc:https://issuer?{both}"), "url: the parameter \"issuer\" is not known"),
        ("oidc:https://issuer".to_owned(), "url: it needs audience"),
        (url("a%20b.json", "issuer=a"), "url: it needs audience"),
        (url("a%20b.json", "audience=a"), "url: it needs issuer"),
        (url("a%20b.json", "issuer=a&issuer=b"), "url: the parameter \"issuer\" is given twice"),
        (url("a%20b.json", &format!("{both}&algorithm=none")), "algorithm: \"none\" is not one of"),
        (url("a%20b.json", &format!("{both}&clock_skew=-1")), "url: the parameter \"clock_skew\""),
        (url("a%20b.json", &format!("{both}&clock_skew=601")), "clock_skew: it is more than"),
        (url("a%20b.json", &format!("{both}&typ=a")), "url: the parameter \"typ\" is not known"),
    ] {
        let error = Verifier::open(&url).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(error.message().starts_with(expected), "{url}: {error}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
