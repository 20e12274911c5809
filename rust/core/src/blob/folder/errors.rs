//! What an `errno` means for an object, and what to do about it.
//!
//! Keys and paths go into messages as `Debug` writes text: a line feed or an escape in one of them
//! must not forge lines of somebody's log, or colour them.

use rustix::io::Errno;
use tracing::warn;

use crate::blob::Key;
use crate::{Effect, Error, ErrorCode, ErrorKind};

/// The file system's answer to `doing` (such as `reading it`) on behalf of `key`.
pub(super) fn os(errno: Errno, doing: &str, key: &Key) -> Error {
    named(errno, doing, &format!("key {key:?}"))
}

/// The file system's answer about something that is no object.
pub(super) fn named(errno: Errno, doing: &str, what: &str) -> Error {
    let (code, why) = meaning(errno);
    let cause = std::io::Error::from(errno);
    let message = format!("{what}: {doing}: {why}");
    let retryable = matches!(errno, Errno::MFILE | Errno::NFILE | Errno::NOMEM)
        || code == ErrorCode::Unavailable
        || code == ErrorCode::Aborted;
    Error::new(code, message)
        .with_service_status(errno.raw_os_error().unsigned_abs())
        .with_retryable(retryable)
        .with_cause(cause)
}

fn meaning(errno: Errno) -> (ErrorCode, &'static str) {
    match errno {
        Errno::NOENT => (ErrorCode::NotFound, "it does not exist"),
        Errno::EXIST => (ErrorCode::AlreadyExists, "it exists"),
        Errno::NOSPC => (ErrorCode::ResourceExhausted, "the file system is full; free some space"),
        Errno::DQUOT => (ErrorCode::ResourceExhausted, "the disk quota is used up; raise it"),
        Errno::FBIG => (ErrorCode::ResourceExhausted, "larger than a file may be here"),
        Errno::MFILE => (ErrorCode::ResourceExhausted, "this process has no descriptor left"),
        Errno::NFILE => (ErrorCode::ResourceExhausted, "the system has no descriptor left"),
        Errno::NOMEM => (ErrorCode::ResourceExhausted, "the kernel has no memory left"),
        Errno::ACCESS | Errno::PERM => {
            (ErrorCode::PermissionDenied, "this process may not; check owner and mode")
        }
        Errno::ROFS => (ErrorCode::FailedPrecondition, "the file system is mounted read-only"),
        Errno::NAMETOOLONG => {
            (ErrorCode::InvalidArgument, "a file name is too long for this file system")
        }
        Errno::ISDIR | Errno::NOTDIR | Errno::NOTEMPTY => (ErrorCode::FailedPrecondition, FOLDER),
        Errno::LOOP => {
            (ErrorCode::FailedPrecondition, "a symbolic link is in the way; the store follows none")
        }
        Errno::XDEV => {
            (ErrorCode::FailedPrecondition, "another file system is mounted within the folder")
        }
        Errno::IO | Errno::UCLEAN | Errno::BADMSG => {
            (ErrorCode::DataLoss, "the device failed; check the file system")
        }
        Errno::STALE | Errno::AGAIN | Errno::BUSY => (ErrorCode::Unavailable, "it is busy"),
        Errno::OPNOTSUPP | Errno::NOSYS => {
            (ErrorCode::Unimplemented, "this file system or kernel cannot do that")
        }
        _ => (ErrorCode::Unknown, "the file system refused; see the cause"),
    }
}

const FOLDER: &str = "a key cannot also be a folder of another key in a folder store";

/// No object under `key`.
pub(super) fn not_found(key: &Key) -> Error {
    Error::new(ErrorCode::NotFound, format!("key {key:?}: there is no such object"))
        .with_service_status(Errno::NOENT.raw_os_error().unsigned_abs())
}

/// Why a look for an object found none. Whatever is no regular file beneath the root is no object.
pub(super) fn no_object(errno: Errno, key: &Key) -> Error {
    let why = match errno {
        Errno::NOENT | Errno::NOTDIR | Errno::ISDIR => return not_found(key),
        Errno::LOOP => "a symbolic link is in the way, and the store follows none",
        Errno::NXIO | Errno::NODEV => "it is not a regular file",
        _ => return os(errno, "opening it", key),
    };
    Error::new(ErrorCode::NotFound, format!("key {key:?}: there is no such object: {why}"))
        .with_service_status(errno.raw_os_error().unsigned_abs())
}

/// `key` is a folder of other keys.
pub(super) fn is_folder(key: &Key) -> Error {
    let message = format!(
        "key {key:?}: there are objects under {:?}, and {FOLDER}; choose another key or delete \
         those",
        format!("{}/", key.as_str())
    );
    Error::new(ErrorCode::FailedPrecondition, message)
        .with_service_status(Errno::ISDIR.raw_os_error().unsigned_abs())
}

/// The file at `folder` stands where `key` needs a folder.
pub(super) fn under_object(key: &Key, folder: &str) -> Error {
    let message = format!(
        "key {key:?}: {folder:?} is a file, and {FOLDER}; choose another key or delete that object"
    );
    Error::new(ErrorCode::FailedPrecondition, message)
        .with_service_status(Errno::NOTDIR.raw_os_error().unsigned_abs())
}

/// Something that is neither a file nor a folder stands there.
pub(super) fn not_regular(key: &Key) -> Error {
    let message = format!(
        "key {key:?}: a symbolic link or special file stands there, which the store leaves alone; \
         remove it by hand"
    );
    Error::new(ErrorCode::FailedPrecondition, message)
}

/// A condition on the etag or on the existence did not hold.
pub(super) fn condition(key: &Key, why: &str) -> Error {
    Error::new(ErrorCode::FailedPrecondition, format!("key {key:?}: {why}"))
        .with_kind(ErrorKind::ConditionNotMet)
}

/// A conditional write to a file that the store did not write.
pub(super) fn foreign(key: &Key) -> Error {
    let message = format!(
        "key {key:?}: its file was written by other hands, so its etag guards nothing; adopt it by \
         an unconditional put"
    );
    Error::new(ErrorCode::FailedPrecondition, message)
}

/// The attribute does not decode. Logged, since a listing goes on without it.
pub(super) fn corrupt(key: &Key, why: &str) -> Error {
    warn!(key = key.as_str(), why, "the attribute of an object is corrupt");
    let message = format!(
        "key {key:?}: the attribute that holds its etag and metadata is corrupt: {why}; put or \
         delete it unconditionally to repair it"
    );
    Error::new(ErrorCode::DataLoss, message)
}

/// The file ended before the size it had when it was opened.
pub(super) fn truncated(key: &Key, at: u64) -> Error {
    let message = format!("key {key:?}: its file was truncated while it was read, at byte {at}");
    Error::new(ErrorCode::DataLoss, message)
}

/// No memory for `bytes` of an object.
pub(super) fn no_memory(key: &Key, bytes: u64) -> Error {
    let message = format!("key {key:?}: no memory for {bytes} bytes; read it in ranges or pieces");
    Error::new(ErrorCode::ResourceExhausted, message)
}

/// More bytes than one `get` may answer with.
pub(super) fn beyond_max_get(key: &Key, bytes: u64, max_get: u64) -> Error {
    let message = format!(
        "key {key:?}: the read is of {bytes} bytes, and max_get is {max_get}; read it in ranges, \
         with a reader or into a buffer of your own, or raise max_get"
    );
    Error::new(ErrorCode::ResourceExhausted, message)
}

/// The change is visible, but a sync failed: whether it survives a crash of the system is unknown.
pub(super) fn not_durable(errno: Errno, key: &Key) -> Error {
    os(errno, "syncing its folder after the change", key).with_effect(Effect::Unknown)
}
