//! Secrets in OpenBao: every registered case, the ways to log in, and what becomes of reads while
//! the server is sealed, down, or does not take the token.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;
use tombolo::identity::AccessToken;
use tombolo::secrets::{Capabilities, OpenOptions, SecretStore, SecretValue};
use tombolo::{Error, ErrorCode};
use tombolo_testkit::secrets::{Case, cases, run_case};
use tombolo_testkit::servers::OpenBao;

type Checked<T = ()> = Result<T, Failed>;
type Test = fn(&OpenBao) -> Checked;

/// What the cases are chosen by; a test holds the store to it.
const CAN: Capabilities =
    Capabilities { set: true, delete: true, versions: true, binary: false, at_once: false };

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // Of this thread, which outlives all tests: a server ends with the thread that started it.
    let server = OpenBao::start().map(Arc::new).map_err(|why| why.to_string());
    let faulty = OpenBao::start().map_err(|why| why.to_string());
    let tests: [(&str, Test); 8] = [
        ("it_declares_what_it_can", declares),
        ("a_secret_has_many_fields", fields),
        ("names_are_paths", paths),
        ("a_login_by_a_jwt_in_a_file", jwt_file),
        ("a_login_by_a_token_source", jwt_source),
        ("a_token_is_kept_alive_while_nobody_asks", kept_alive),
        ("a_token_that_expires_is_replaced_by_that_in_its_file", replaced),
        ("what_is_wrong_is_said", wrong),
    ];
    let mut trials = Vec::new();
    for (name, test) in tests {
        let server = server.clone();
        trials.push(Trial::test(format!("openbao::{name}"), move || test(&*server?)));
    }
    for case in cases().into_iter().filter(|case| case.is_registered(CAN)) {
        let server = server.clone();
        trials.push(Trial::test(format!("openbao::{}", case.name), move || {
            conforms(&*server?, &case)
        }));
    }
    trials.push(Trial::test("openbao::sealed_then_down", move || faults(faulty?)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn conforms(server: &OpenBao, case: &Case) -> Checked {
    let (store, _file) = as_root(server, &server.new_mount()?, "&poll=1")?;
    block_on(async { Ok(run_case(&store, case).await?) })
}

fn declares(server: &OpenBao) -> Checked {
    let (store, _file) = as_root(server, "secret", "")?;
    expect(store.capabilities() == CAN, "it can something else")
}

fn fields(server: &OpenBao) -> Checked {
    let mount = server.new_mount()?;
    let fields = json!({ "data": { "user": "ann", "password": "s3cr3t", "port": 5432 } });
    server.succeed("POST", &format!("{mount}/data/db"), &fields)?;
    let read = |field: &str| -> Checked<_> {
        let (store, _file) = as_root(server, &mount, &format!("&field={field}"))?;
        block_on(async { Ok(store.get("db").await) })
    };
    expect(
        read("password")?.is_ok_and(|value| value.expose() == b"s3cr3t"),
        "the field is another",
    )?;
    expect_code(read("port")?, ErrorCode::FailedPrecondition)?;
    expect_code(read("none")?, ErrorCode::NotFound)?;
    expect_code(read("value")?, ErrorCode::NotFound).map(drop)
}

fn paths(server: &OpenBao) -> Checked {
    let (store, _file) = as_root(server, &server.new_mount()?, "")?;
    block_on(async {
        for name in ["b", "a/b/c", "a/b", "a b/%2F?#&", "a"] {
            store.set(name, SecretValue::copy_of(name.as_bytes())?).await?;
        }
        let names = store.list().await?;
        expect(names == ["a", "a b/%2F?#&", "a/b", "a/b/c", "b"], &format!("it lists {names:?}"))?;
        for name in names {
            expect(store.get(&name).await?.expose() == name.as_bytes(), &name)?;
        }
        for bad in ["a//b", "/a", "a/", "a/../b", "."] {
            expect_code(store.get(bad).await, ErrorCode::InvalidArgument)?;
        }
        Ok(())
    })
}

fn jwt_file(server: &OpenBao) -> Checked {
    let mount = server.new_mount()?;
    server.allow_jwt("jwt-of-files", 2)?;
    let file = TokenFile::new(&server.jwt("ann")?)?;
    let login =
        format!("&role=tests&login=jwt-of-files&ttl=0&max_stale=0&jwt_file={}", file.path());
    let store = SecretStore::open(&(server.url(&mount) + &login))?;
    block_on(async {
        store.set("a", SecretValue::copy_of(b"one")?).await?;
        // Beyond what the server lets a token live however often it is renewed: there is another
        // login.
        tokio::time::sleep(Duration::from_secs(5)).await;
        expect(store.get("a").await?.expose() == b"one", "it is logged in no more")?;
        file.write("no token")?;
        let other = SecretStore::open(&(server.url(&mount) + &login))?;
        let error = expect_code(other.get("a").await, ErrorCode::Unauthenticated)?;
        expect(error.message().starts_with("the login as \"tests\" is refused"), error.message())
    })
}

fn jwt_source(server: &OpenBao) -> Checked {
    let mount = server.new_mount()?;
    server.allow_jwt("jwt", 60)?;
    let credential = Some(Arc::new(AccessToken::new(server.jwt("bob")?)) as _);
    let url = server.url(&mount) + "&role=tests";
    let store = SecretStore::open_with(&url, OpenOptions { credential })?;
    block_on(async {
        store.set("a", SecretValue::copy_of(b"one")?).await?;
        expect(store.get("a").await?.expose() == b"one", "the value is another")
    })
}

fn kept_alive(server: &OpenBao) -> Checked {
    let file = TokenFile::new(&server.new_token(4, true, "root")?)?;
    let mount = server.new_mount()?;
    let url = format!("{}&ttl=0&token_file={}", server.url(&mount), file.path());
    let store = SecretStore::open(&url)?;
    block_on(async {
        expect_code(store.get("a").await, ErrorCode::NotFound)?;
        tokio::time::sleep(Duration::from_secs(7)).await;
        expect_code(store.get("a").await, ErrorCode::NotFound).map(drop)
    })
}

fn replaced(server: &OpenBao) -> Checked {
    let file = TokenFile::new(&server.new_token(2, false, "root")?)?;
    let mount = server.new_mount()?;
    let url = format!("{}&ttl=0&token_file={}", server.url(&mount), file.path());
    let store = SecretStore::open(&url)?;
    block_on(async {
        expect_code(store.get("a").await, ErrorCode::NotFound)?;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let error = expect_code(store.get("a").await, ErrorCode::Unauthenticated)?;
        let said = "the server does not know the token, or it has expired";
        expect(error.message().starts_with(said), error.message())?;
        file.write(&format!("{}\n", server.new_token(600, false, "root")?))?;
        expect_code(store.get("a").await, ErrorCode::NotFound).map(drop)
    })
}

fn wrong(server: &OpenBao) -> Checked {
    server.new_policy("one", "path \"secret/data/allowed\" { capabilities = [\"read\"] }")?;
    let token = server.new_token(600, false, "one")?;
    let file = TokenFile::new(&token)?;
    let open = |mount: &str| -> Checked<_> {
        Ok(SecretStore::open(&format!("{}&token_file={}", server.url(mount), file.path()))?)
    };
    block_on(async {
        let store = open("secret")?;
        expect_code(store.get("allowed").await, ErrorCode::NotFound)?;
        let error = expect_code(store.get("other").await, ErrorCode::PermissionDenied)?;
        expect(error.service() == "secrets.vault" && error.operation() == "get", "no origin")?;
        expect(error.service_status() == 403, "the status is another")?;
        let (root, _file) = as_root(server, "nothing/here", "")?;
        let error = expect_code(root.get("a").await, ErrorCode::FailedPrecondition)?;
        expect(error.message().contains("no key-value engine"), error.message())?;
        file.write("made-up-token")?;
        let error = expect_code(open("secret")?.get("a").await, ErrorCode::Unauthenticated)?;
        expect(!format!("{error} {error:?}").contains("made-up"), "the error shows the token")?;
        file.write("")?;
        expect_code(open("secret")?.get("a").await, ErrorCode::Unauthenticated)?;
        let url = server.url("secret") + "&token_env=NO_VARIABLE_IS_CALLED_SO";
        expect_code(SecretStore::open(&url)?.get("a").await, ErrorCode::Unauthenticated).map(drop)
    })
}

/// What was read before serves while the server is sealed or down, and nothing else does.
fn faults(mut server: OpenBao) -> Checked {
    let (store, file) = as_root(&server, "secret", "&ttl=0&max_stale=600")?;
    let url = format!("{}&ttl=0&max_stale=0&token_file={}", server.url("secret"), file.path());
    let strict = SecretStore::open(&url)?;
    block_on(async {
        store.set("a", SecretValue::copy_of(b"one")?).await?;
        expect(store.get("a").await?.expose() == b"one", "the value is another")?;
        server.seal()?;
        expect(store.get("a").await?.expose() == b"one", "sealed: what was read does not serve")?;
        let error = expect_code(store.get("b").await, ErrorCode::Unavailable)?;
        expect(error.service_status() == 503 && error.retryable(), "sealed: it is another error")?;
        expect_code(strict.get("a").await, ErrorCode::Unavailable)?;
        server.unseal()?;
        expect(strict.get("a").await?.expose() == b"one", "unsealed: it is not read")?;
        server.kill()?;
        expect(store.get("a").await?.expose() == b"one", "down: what was read does not serve")?;
        expect_code(strict.get("a").await, ErrorCode::Unavailable)?;
        let set = store.set("a", SecretValue::copy_of(b"two")?).await;
        let error = expect_code(set, ErrorCode::Unavailable)?;
        expect(error.retryable(), "down: a retry could help")
    })
}

/// A store that is opened as the root, and the file of its token.
fn as_root(server: &OpenBao, mount: &str, more: &str) -> Checked<(SecretStore, TokenFile)> {
    let file = TokenFile::new(server.root())?;
    let url = format!("{}&token_file={}{more}", server.url(mount), file.path());
    Ok((SecretStore::open(&url)?, file))
}

fn expect(holds: bool, otherwise: &str) -> Checked {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

fn expect_code<T>(outcome: Result<T, Error>, code: ErrorCode) -> Checked<Error> {
    match outcome {
        Err(error) if error.code() == code => Ok(error),
        Err(error) => Err(format!("{} in place of {}", error, code.name()).into()),
        Ok(_) => Err(format!("it succeeds in place of {}", code.name()).into()),
    }
}

fn block_on<T>(future: impl Future<Output = Checked<T>>) -> Checked<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(future)
}

/// A file with a token in it, which goes with its test.
struct TokenFile(PathBuf);

impl TokenFile {
    fn new(token: &str) -> Checked<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("token-{}-{number}", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        file.write(token)?;
        Ok(file)
    }

    fn write(&self, token: &str) -> Checked {
        Ok(fs::write(&self.0, token)?)
    }

    fn path(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
