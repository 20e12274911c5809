//! OpenBao, which speaks the protocol of HashiCorp Vault: a development server, whose data are in
//! memory.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use super::process::{Process, free_ports};

/// Of whoever may do everything.
const ROOT: &str = "root-token-of-tests";
/// The DER of an Ed25519 public key before its 32 bytes (RFC 8410, section 4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// Who signs the tokens that one logs in with, and for whom.
const ISSUER: &str = "https://issuer.test";
const AUDIENCE: &str = "openbao";

/// A server.
#[derive(Debug)]
pub struct OpenBao {
    process: Process,
    port: u16,
    key: Ed25519KeyPair,
}

impl OpenBao {
    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub fn start() -> io::Result<Self> {
        let [port] = free_ports()?;
        let arguments = [
            "server",
            "-dev",
            "-dev-no-store-token",
            &format!("-dev-root-token-id={ROOT}"),
            &format!("-dev-listen-address=127.0.0.1:{port}"),
        ]
        .map(str::to_owned);
        let mut process = Process::start("python/bin/bao", &arguments, &[])?;
        process.wait_for(port, "/v1/sys/health")?;
        let random = SystemRandom::new();
        let no_key = |why: String| io::Error::other(format!("there is no key ({why})"));
        let key = Ed25519KeyPair::generate_pkcs8(&random).map_err(|why| no_key(why.to_string()))?;
        let key =
            Ed25519KeyPair::from_pkcs8(key.as_ref()).map_err(|why| no_key(why.to_string()))?;
        Ok(Self { process, port, key })
    }

    /// The token of whoever may do everything.
    #[must_use]
    pub fn root(&self) -> &'static str {
        ROOT
    }

    /// The URL of a path where an engine is mounted, to which the way to log in is to be added.
    #[must_use]
    pub fn url(&self, mount: &str) -> String {
        format!("vault://127.0.0.1:{}/{mount}?tls=false", self.port)
    }

    /// Mounts an empty key-value engine; its path.
    ///
    /// # Errors
    /// The server refuses.
    pub fn new_mount(&self) -> io::Result<String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mount = format!("team/kv {}", NEXT.fetch_add(1, Ordering::Relaxed));
        let body = json!({ "type": "kv", "options": { "version": "2" } });
        self.succeed("POST", &format!("sys/mounts/{}", mount.replace(' ', "%20")), &body)?;
        Ok(mount.replace(' ', "%20"))
    }

    /// Makes a token that lives so many seconds, with these policies; `{}` for those of the root.
    ///
    /// # Errors
    /// The server refuses.
    pub fn new_token(&self, seconds: u64, is_renewable: bool, policy: &str) -> io::Result<String> {
        let ttl = format!("{seconds}s");
        let body = json!({ "ttl": ttl, "renewable": is_renewable, "policies": [policy] });
        let answer = self.succeed("POST", "auth/token/create", &body)?;
        let token = answer.pointer("/auth/client_token").and_then(Value::as_str);
        token.map(str::to_owned).ok_or_else(|| io::Error::other("no token"))
    }

    /// Lets those log in whom [`OpenBao::jwt`] makes tokens for, as the role `tests`, for so many
    /// seconds.
    ///
    /// # Errors
    /// The server refuses.
    pub fn allow_jwt(&self, mount: &str, seconds: u64) -> io::Result<()> {
        let der = [&SPKI[..], self.key.public_key().as_ref()].concat();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(der)
        );
        self.succeed("POST", &format!("sys/auth/{mount}"), &json!({ "type": "jwt" }))?;
        let config = json!({
            "jwt_validation_pubkeys": [pem],
            "bound_issuer": ISSUER,
            "jwt_supported_algs": ["EdDSA"],
        });
        self.succeed("POST", &format!("auth/{mount}/config"), &config)?;
        let role = json!({
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_audiences": [AUDIENCE],
            "token_policies": ["all"],
            "token_ttl": format!("{seconds}s"),
            "token_max_ttl": format!("{}s", 2 * seconds),
        });
        self.succeed("POST", &format!("auth/{mount}/role/tests"), &role)?;
        let all = r#"["create", "read", "update", "delete", "list"]"#;
        self.new_policy("all", &format!("path \"*\" {{ capabilities = {all} }}"))
    }

    /// # Errors
    /// The server refuses.
    pub fn new_policy(&self, name: &str, rules: &str) -> io::Result<()> {
        self.succeed("PUT", &format!("sys/policies/acl/{name}"), &json!({ "policy": rules }))?;
        Ok(())
    }

    /// A JSON Web Token that the server takes, for a minute.
    ///
    /// # Errors
    /// The clock is before 1970.
    pub fn jwt(&self, subject: &str) -> io::Result<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?.as_secs();
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "nbf": now, "exp": now + 60,
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed =
            format!("{}.{}", part(&json!({ "alg": "EdDSA", "typ": "JWT" })), part(&claims));
        let signature = self.key.sign(signed.as_bytes());
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Seals it, as its operators do in an emergency.
    ///
    /// # Errors
    /// The server refuses.
    pub fn seal(&self) -> io::Result<()> {
        self.succeed("PUT", "sys/seal", &Value::Null)?;
        Ok(())
    }

    /// Opens it again, by the key that it has told at its start.
    ///
    /// # Errors
    /// The server refuses, or has told no key.
    pub fn unseal(&self) -> io::Result<()> {
        let log = self.process.log();
        let key = log.lines().find_map(|line| line.trim().strip_prefix("Unseal Key: "));
        let key = key.ok_or_else(|| io::Error::other("its log has no key to unseal it with"))?;
        self.succeed("PUT", "sys/unseal", &json!({ "key": key.trim() }))?;
        Ok(())
    }

    /// Ends it by SIGKILL; nothing of its data is left.
    ///
    /// # Errors
    /// It is gone already.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.kill()
    }

    /// Asks the server as the root; the body of a success.
    ///
    /// # Errors
    /// Any other status, or no answer.
    pub fn succeed(&self, method: &str, path: &str, body: &Value) -> io::Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        // 1.0, so that the answer has no chunks.
        let head = format!(
            "{method} /v1/{path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nX-Vault-Token: {ROOT}\r\n\
             Content-Length: {}\r\n\r\n",
            self.port,
            body.len(),
        );
        stream.write_all((head + &body).as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).unwrap_or_default();
        if !status.starts_with('2') {
            return Err(io::Error::other(format!("{method} {path} is answered {status}: {body}")));
        }
        if body.trim().is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(body)?) }
    }
}
