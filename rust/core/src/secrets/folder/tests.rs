use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::*;

/// A folder of its own for each test, which goes with it.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tombolo-secrets-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn open(&self) -> Folder {
        Folder::open(self.0.to_str().unwrap()).unwrap()
    }

    /// What the kubelet does to change a mounted secret.
    fn swap(&self, version: &str, files: &[(&str, &str)]) {
        let folder = format!("..{version}");
        fs::create_dir(self.0.join(&folder)).unwrap();
        for (name, value) in files {
            fs::write(self.0.join(&folder).join(name), value).unwrap();
        }
        let data = self.0.join(DATA);
        let old = fs::read_link(&data).ok();
        symlink(&folder, self.0.join("..data_tmp")).unwrap();
        fs::rename(self.0.join("..data_tmp"), &data).unwrap();
        for (name, _) in files {
            let link = self.0.join(name);
            if link.symlink_metadata().is_err() {
                symlink(Path::new(DATA).join(name), link).unwrap();
            }
        }
        if let Some(old) = old {
            fs::remove_dir_all(self.0.join(old)).unwrap();
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const DATA: &str = "..data";

async fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.get(name, None).await.unwrap().expose().into()).unwrap()
}

#[tokio::test]
async fn a_mounted_secret_is_followed_through_its_swaps() {
    let place = Temporary::new();
    place.swap("one", &[("user", "ann"), ("password", "s3cr3t")]);
    let folder = place.open();
    assert_eq!(folder.list().await.unwrap(), ["password", "user"]);
    let before = folder.get("password", None).await.unwrap();
    place.swap("two", &[("user", "ann"), ("password", "n3w")]);
    assert_eq!(text(&folder, "password").await, "n3w");
    let after = folder.get("password", None).await.unwrap();
    assert_ne!(before.version(), after.version());
    let old = folder.get("password", Some(before.version())).await.unwrap_err();
    assert_eq!(old.code(), ErrorCode::NotFound);
    // What has not changed keeps its version, though it is another file in another folder.
    let user = folder.versions("user").await.unwrap();
    place.swap("three", &[("user", "ann"), ("password", "n3w")]);
    assert_eq!(folder.versions("user").await.unwrap(), user);
    assert_eq!(before.expose(), b"s3cr3t", "who has a value keeps it");
}

/// Each version is the same text in every file, and a read must never find none.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_in_the_middle_of_swaps_is_of_one_version() {
    let place = Temporary::new();
    let long = |number: u32| format!("{number} ").repeat(2000);
    place.swap("0", &[("a", &long(0))]);
    let (folder, is_over) = (place.open(), Arc::new(AtomicBool::new(false)));
    let swapping = std::thread::spawn({
        let is_over = Arc::clone(&is_over);
        move || {
            for number in 1..300 {
                place.swap(&number.to_string(), &[("a", &long(number))]);
            }
            is_over.store(true, Ordering::Relaxed);
            place
        }
    });
    let mut last = 0;
    while !is_over.load(Ordering::Relaxed) {
        let read = text(&folder, "a").await;
        let number = read.split(' ').next().unwrap().parse().unwrap();
        assert!(number >= last, "{number} after {last}");
        assert_eq!(read, long(number));
        last = number;
    }
    assert_eq!(text(&folder, "a").await, long(299));
    drop(swapping.join().unwrap());
}

#[tokio::test]
async fn what_an_orchestrator_has_is_not_written_to() {
    let place = Temporary::new();
    place.swap("one", &[("a", "1")]);
    let folder = place.open();
    assert_eq!(folder.capabilities(), Capabilities { binary: true, ..Capabilities::default() });
    let value = SecretValue::copy_of(b"2").unwrap();
    assert_eq!(folder.set("a", value).await.unwrap_err().code(), ErrorCode::Unimplemented);
    assert_eq!(folder.delete("a").await.unwrap_err().code(), ErrorCode::Unimplemented);
    assert_eq!(text(&folder, "a").await, "1");
}

#[tokio::test]
async fn a_written_secret_is_for_its_owner_alone() {
    let place = Temporary::new();
    let folder = place.open();
    let value = || SecretValue::copy_of(b"\xff\0").unwrap();
    let version = folder.set("a", value()).await.unwrap();
    assert_eq!(folder.get("a", Some(&version)).await.unwrap().expose(), b"\xff\0");
    assert_eq!(folder.set("a", value()).await.unwrap(), version);
    let mode = fs::metadata(place.0.join("a")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let files = || fs::read_dir(&place.0).unwrap().count();
    assert_eq!(files(), 1, "nothing is left beside it");
    folder.delete("a").await.unwrap();
    folder.delete("a").await.unwrap();
    assert_eq!(files(), 0);
}

#[tokio::test]
async fn only_files_are_secrets() {
    let place = Temporary::new();
    fs::create_dir(place.0.join("folder")).unwrap();
    fs::write(place.0.join(".hidden"), "1").unwrap();
    fs::write(place.0.join("..reserved"), "2").unwrap();
    symlink("nowhere", place.0.join("dangling")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        place.0.join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let folder = place.open();
    assert_eq!(folder.list().await.unwrap(), [".hidden"]);
    for name in ["folder", "dangling", "pipe", "none"] {
        let error = folder.get(name, None).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::NotFound, "{name}");
    }
    for name in ["..reserved", "..", ".", "a/b", "/a"] {
        assert!(folder.check_name(name).is_err(), "{name}");
    }
    assert!(folder.check_name(".hidden").is_ok());
}

/// As in some file systems of FUSE.
#[tokio::test]
async fn a_file_that_does_not_know_its_size_is_read_to_its_end() {
    let folder = Folder::open("/proc/self").unwrap();
    assert!(text(&folder, "comm").await.ends_with('\n'));
    let error = Folder::open("/dev").unwrap().get("zero", None).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound, "a device is no secret");
}

#[test]
fn a_folder_that_is_none_is_refused() {
    let code = |path: &str| Folder::open(path).err().unwrap().code();
    assert_eq!(code("relative"), ErrorCode::InvalidArgument);
    assert_eq!(code("/nowhere/at/all"), ErrorCode::NotFound);
    assert_eq!(code("/dev/null"), ErrorCode::InvalidArgument);
}
