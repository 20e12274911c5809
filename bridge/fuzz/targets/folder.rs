//! A folder that other hands have filled: names, kinds of files, attributes, times. No operation
//! panics, nothing outside the root is reached, what is listed can be looked at, and an unconditional
//! write puts an object right.
#![no_main]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use tombolo::ErrorCode;
use tombolo::blob::folder::fuzzing::{ATTRIBUTE, format_text};
use tombolo::blob::{BlobStore, CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions};
use tombolo_fuzz::folder::Folder;
use tombolo_fuzz::input::{AnyKey, is_description};
use tombolo_fuzz::{check_error, run};

/// What other hands have put there.
#[derive(Arbitrary, Debug)]
enum Put<'a> {
    File {
        at: Place<'a>,
        body: &'a [u8],
        attribute: Option<&'a [u8]>,
        seconds: i32,
    },
    Folder(Place<'a>),
    Link(Place<'a>),
    Fifo(Place<'a>),
    /// Of the store's own file, which says its format.
    Format(&'a [u8]),
}

/// Where.
#[derive(Arbitrary, Debug)]
enum Place<'a> {
    /// Under a name as a store gives it, or nearly.
    Near(AnyKey),
    /// Under any name.
    Name(&'a [u8]),
}

/// What an object elsewhere holds, which no operation may find.
const SECRET: &[u8] = b"outside";

impl Place<'_> {
    /// A path within `root`, its folders made; none if there can be none.
    fn path(&self, root: &Path) -> Option<std::path::PathBuf> {
        let bytes = match self {
            Self::Near(key) => key.text().into_bytes(),
            Self::Name(name) => name.to_vec(),
        };
        let mut path = root.to_owned();
        for name in bytes.split(|byte| *byte == b'/') {
            if matches!(name, b"" | b"." | b"..") || name.contains(&0) {
                return None;
            }
            path.push(std::ffi::OsStr::from_bytes(name));
        }
        // Refused where a file or a link is in the way, which is as well.
        let above = path.parent()?;
        fs::create_dir_all(above).ok()?;
        above.canonicalize().ok()?.starts_with(root).then_some(path)
    }
}

impl Put<'_> {
    fn put(&self, root: &Path, outside: &Path) -> Option<()> {
        match self {
            Self::File { at, body, attribute, seconds } => {
                let path = at.path(root)?;
                if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
                    return None;
                }
                fs::write(&path, body).ok()?;
                let file = fs::File::options().write(true).open(&path).ok()?;
                if let Some(attribute) = attribute {
                    let flags = rustix::fs::XattrFlags::empty();
                    rustix::fs::fsetxattr(&file, ATTRIBUTE, &stamped(attribute, &file), flags)
                        .ok()?;
                } else {
                    let apart = Duration::from_secs(seconds.unsigned_abs().into());
                    let time = if *seconds < 0 {
                        SystemTime::UNIX_EPOCH - apart
                    } else {
                        SystemTime::UNIX_EPOCH + apart
                    };
                    file.set_modified(time).ok()?;
                }
            }
            Self::Folder(at) => fs::create_dir(at.path(root)?).ok()?,
            Self::Link(at) => symlink(outside, at.path(root)?).ok()?,
            Self::Fifo(at) => {
                let kind = rustix::fs::FileType::Fifo;
                let mode = rustix::fs::Mode::from_raw_mode(0o600);
                rustix::fs::mknodat(rustix::fs::CWD, at.path(root)?, kind, mode, 0).ok()?;
            }
            Self::Format(text) => {
                fs::create_dir_all(root.join(".tombolo")).ok()?;
                fs::write(root.join(".tombolo/format"), text).ok()?;
            }
        }
        Some(())
    }
}

/// An attribute with the time and size of its file in their place, so that the rest of it counts: an
/// odd number at its beginning leaves it as it is.
fn stamped(attribute: &[u8], file: &fs::File) -> Vec<u8> {
    let Some((first, rest)) = attribute.split_first() else { return Vec::new() };
    if first % 2 == 1 {
        return rest.to_vec();
    }
    let meta = file.metadata().expect("a file has metadata");
    let since = meta.modified().expect("a time").duration_since(SystemTime::UNIX_EPOCH);
    let mut bytes = vec![1; 17];
    bytes.extend_from_slice(&(since.unwrap_or_default().as_nanos() as i64).to_le_bytes());
    assert!(meta.len() < 1 << 14, "two digits of a varint");
    bytes.extend_from_slice(&[(meta.len() & 0x7f) as u8 | 0x80, (meta.len() >> 7) as u8]);
    bytes.extend_from_slice(rest);
    bytes
}

fn checked<T>(answer: tombolo::Result<T>) -> Option<T> {
    answer.map_err(|error| check_error(&error, 4096)).ok()
}

/// Everything that may be done to a key.
fn try_all(store: &BlobStore, key: &str) {
    let get = checked(run(store.get(key, GetOptions::default())));
    if let Some(object) = get {
        assert_ne!(object.bytes.as_ref(), SECRET, "{key:?}");
        assert!(is_description(&object.meta.content_type, &object.meta.metadata));
        let if_match = Some(object.meta.etag.clone());
        run(store.head(key, HeadOptions { if_match: if_match.clone(), ..Default::default() }))
            .unwrap_or_else(|error| panic!("{error}"));
        if checked(run(store.copy(key, "copied", CopyOptions::default()))).is_some() {
            let copy = run(store.get("copied", GetOptions::default()));
            let copy = copy.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(copy.bytes, object.bytes);
            assert_eq!(copy.meta.metadata, object.meta.metadata);
        }
        if if_match.as_ref().is_some_and(|etag| etag.starts_with("stat-")) {
            let refused = run(store.delete(key, DeleteOptions { if_match }));
            assert_eq!(refused.map_err(|e| e.code()), Err(ErrorCode::FailedPrecondition));
        }
    }
    if checked(run(store.put(key, Bytes::from_static(b"new"), Default::default()))).is_some() {
        let object = run(store.get(key, GetOptions::default()));
        assert_eq!(object.unwrap_or_else(|error| panic!("{error}")).bytes.as_ref(), b"new");
        run(store.delete(key, DeleteOptions::default())).unwrap_or_else(|error| panic!("{error}"));
    }
}

fn list(store: &BlobStore) -> Vec<String> {
    let mut lister = store.list(ListOptions::default()).expect("good options");
    let mut keys = Vec::new();
    while let Some(page) = run(lister.next_page()).unwrap_or_else(|error| panic!("{error}")) {
        keys.extend(page.objects.into_iter().map(|meta| meta.key));
    }
    assert!(keys.is_sorted_by(|one, next| one < next), "{keys:?}");
    keys
}

fuzz_target!(|puts: Vec<Put<'_>>| {
    let (folder, outside) = (Folder::new(), Folder::new());
    fs::write(outside.path().join("a"), SECRET).expect("a file");
    let mut asked = vec!["a".to_owned(), "a/a".to_owned(), "b/a".to_owned()];
    for put in &puts {
        put.put(folder.path(), outside.path());
        if let Put::File { at: Place::Near(key), .. } | Put::Link(Place::Near(key)) = put {
            asked.push(key.text());
        }
    }
    let format = fs::read(folder.path().join(".tombolo/format"));
    let is_known =
        format.as_ref().map_or(true, |text| text.as_slice() == format_text(1).as_bytes());
    let store = match folder.open() {
        Ok(store) => store,
        // Its reserved folder is something else, too, or its format file no file.
        Err(error) => return check_error(&error, 4096),
    };
    assert!(is_known, "{format:?}");
    let keys = list(&store);
    for key in &keys {
        // Found, or its attribute is spoilt: it is there.
        if let Err(error) = run(store.head(key, HeadOptions::default())) {
            check_error(&error, 4096);
            assert_eq!(error.code(), ErrorCode::DataLoss, "{error}");
        }
    }
    for key in asked.iter().chain(&keys) {
        try_all(&store, key);
    }
    assert_eq!(fs::read(outside.path().join("a")).expect("it is there"), SECRET);
    assert_eq!(fs::read_dir(outside.path()).expect("it is there").count(), 1);
});
