//! What the tests of the folder store share: places, stores, small helpers.
#![allow(dead_code, reason = "each test file uses its own part of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use rustix::io::Errno;
use tombolo::blob::folder::FolderOptions;
use tombolo::blob::folder::internals::{Features, Hook, Step, open_with};
use tombolo::blob::{
    Backend, Buffer, Filled, GetOptions, HeadOptions, Key, ListOptions, ListPage, PutCondition,
    PutOptions,
};
use tombolo::{Error, ErrorCode, Result};

/// A folder of its own, removed with its owner.
pub(crate) struct Place(PathBuf);

impl Place {
    /// On the file system of the build, or on the one that `TOMBOLO_TEST_FOLDER` names.
    pub(crate) fn new() -> Self {
        let chosen = std::env::var_os("TOMBOLO_TEST_FOLDER").map(PathBuf::from);
        Self::beneath(&chosen.unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into()))
    }

    /// One on the file system of the build, one in memory (tmpfs), which can do less: before Linux
    /// 6.6 it cannot hold objects at all, and says so.
    pub(crate) fn both() -> Vec<Self> {
        let (disk, memory) = (Self::new(), Self::beneath(Path::new("/dev/shm")));
        match open_with(memory.path(), QUICK, Features::ALL, None) {
            Ok(_) => vec![disk, memory],
            Err(e) => {
                assert_eq!(e.code(), ErrorCode::FailedPrecondition, "{e}");
                assert!(e.message().contains("extended attributes"), "{e}");
                vec![disk]
            }
        }
    }

    fn beneath(base: &Path) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = base.join(format!("tombolo-folder-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn join(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    pub(crate) fn open(&self) -> Arc<dyn Backend> {
        self.open_as(QUICK, Features::ALL, None)
    }

    pub(crate) fn open_as(
        &self,
        options: FolderOptions,
        features: Features,
        hook: Option<Arc<dyn Hook>>,
    ) -> Arc<dyn Backend> {
        open_with(&self.0, options, features, hook).unwrap()
    }

    /// The names of temporary files and of sessions that are there.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let mut found = Vec::new();
        for session in fs::read_dir(self.join(".tombolo/tmp")).unwrap() {
            let session = session.unwrap();
            for file in fs::read_dir(session.path()).into_iter().flatten() {
                found.push(file.unwrap().path().display().to_string());
            }
        }
        found
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Without syncs, for tests of everything else.
pub(crate) const QUICK: FolderOptions = FolderOptions {
    create: true,
    durable: false,
    max_running: 16,
    max_queued: 4096,
    max_get: 1 << 30,
    max_open: 64,
};

/// The same, with no file that stays open: each read opens its file.
pub(crate) const CLOSED: FolderOptions = FolderOptions { max_open: 0, ..QUICK };

/// Every combination that takes another way through the code.
pub(crate) fn combinations() -> Vec<(&'static str, Features)> {
    let all = Features::ALL;
    vec![
        ("all", all),
        ("none", Features::NONE),
        ("no openat2", Features { openat2: false, ..all }),
        ("no cached opens", Features { resolve_cached: false, ..all }),
        ("no cached reads", Features { nowait: false, ..all }),
        ("no unnamed files", Features { tmpfile: false, ..all }),
        ("no copy in the kernel", Features { kernel_copy: false, ..all }),
        ("no exclusive rename", Features { noreplace: false, ..all }),
    ]
}

/// Notes every step, and answers with an error where it was told to.
#[derive(Default)]
pub(crate) struct Recorder {
    steps: Mutex<Vec<(Step, String)>>,
    /// The step, how the name or path ends, and the answer.
    fail: Mutex<Option<(Step, String, Errno)>>,
}

impl Recorder {
    /// The steps since the last call.
    pub(crate) fn take(&self) -> Vec<Step> {
        self.take_named().into_iter().map(|(step, _)| step).collect()
    }

    pub(crate) fn take_named(&self) -> Vec<(Step, String)> {
        std::mem::take(&mut self.steps.lock().unwrap())
    }

    /// From now on `step` answers with `errno`.
    pub(crate) fn fail(&self, step: Step, errno: Errno) {
        self.fail_at(step, "", errno);
    }

    /// The same for names and paths that end with `end` only.
    pub(crate) fn fail_at(&self, step: Step, end: &str, errno: Errno) {
        *self.fail.lock().unwrap() = Some((step, end.to_owned(), errno));
    }

    pub(crate) fn heal(&self) {
        *self.fail.lock().unwrap() = None;
    }
}

impl Hook for Recorder {
    fn before(&self, step: Step, name: &str) -> Result<(), Errno> {
        self.steps.lock().unwrap().push((step, name.to_owned()));
        match &*self.fail.lock().unwrap() {
            Some((failing, end, errno)) if *failing == step && name.ends_with(end) => Err(*errno),
            _ => Ok(()),
        }
    }
}

pub(crate) fn key(key: &str) -> Key {
    Key::new(key).unwrap()
}

pub(crate) async fn put(store: &Arc<dyn Backend>, name: &str, body: &str) -> String {
    try_put(store, name, body, PutCondition::None).await.unwrap()
}

pub(crate) async fn try_put(
    store: &Arc<dyn Backend>,
    name: &str,
    body: &str,
    condition: PutCondition,
) -> Result<String> {
    let options = PutOptions { condition, ..PutOptions::default() };
    store.put(key(name), body.to_owned().into(), options).await.map(|done| done.etag)
}

pub(crate) async fn get(store: &Arc<dyn Backend>, name: &str) -> Result<String> {
    let object = store.get(key(name), GetOptions::default()).await?;
    Ok(String::from_utf8(object.bytes.to_vec()).unwrap())
}

pub(crate) async fn get_into(
    store: &Arc<dyn Backend>,
    name: &str,
    room: usize,
    options: GetOptions,
) -> Result<Filled<Vec<u8>>> {
    let filled = store.get_into(key(name), Buffer::new(vec![0; room]), options).await?;
    let Filled { buffer, size, range, meta } = filled;
    Ok(Filled { buffer: buffer.into_inner().unwrap(), size, range, meta })
}

pub(crate) async fn etag(store: &Arc<dyn Backend>, name: &str) -> String {
    store.head(key(name), HeadOptions::default()).await.unwrap().etag
}

pub(crate) async fn read(store: &Arc<dyn Backend>, name: &str) -> Result<Vec<u8>> {
    let mut reader = store.reader(key(name), GetOptions::default()).await?;
    let mut all = Vec::new();
    while let Some(chunk) = reader.chunks.next().await {
        all.extend_from_slice(&chunk?);
    }
    Ok(all)
}

pub(crate) async fn pages(store: &Arc<dyn Backend>, options: ListOptions) -> Result<Vec<ListPage>> {
    let mut lister = store.list(options);
    let mut pages = Vec::new();
    while let Some(page) = lister.next_page().await? {
        pages.push(page);
    }
    Ok(pages)
}

pub(crate) async fn keys(store: &Arc<dyn Backend>, options: ListOptions) -> Vec<String> {
    let pages = pages(store, options).await.unwrap();
    pages.into_iter().flat_map(|page| page.objects).map(|object| object.key).collect()
}

pub(crate) async fn all_keys(store: &Arc<dyn Backend>) -> Vec<String> {
    keys(store, ListOptions::default()).await
}

/// Code and kind, for comparison.
pub(crate) fn what<T: std::fmt::Debug>(
    answer: Result<T, Error>,
) -> (tombolo::ErrorCode, tombolo::ErrorKind) {
    let e = answer.unwrap_err();
    (e.code(), e.kind())
}

/// Random enough (splitmix64), and the same in every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}
