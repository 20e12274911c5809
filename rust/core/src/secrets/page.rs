//! Memory for a secret while it is put together: pages of its own, which are wiped.

use std::fs::File;
use std::io::Read;

use memmap2::{Advice, MmapMut};
use zeroize::Zeroize;

use super::SecretValue;
use crate::{Error, ErrorCode, Result};

/// The longest value, in bytes: that of Kubernetes, and more than Vault takes by default in one
/// request.
pub const MAX_VALUE: usize = 1024 * 1024;
/// What there is for the version and its length, behind the value.
const MAX_VERSION: usize = 128;
pub(super) const LENGTH: usize = size_of::<u32>();

/// Anonymous memory of whole pages, which holds nothing else. The kernel leaves it out of core
/// dumps (`MADV_DONTDUMP`, Linux 3.4 and later); where it cannot, it is as other memory is.
///
/// It is not locked: who swaps to a disk that is not encrypted can forbid that for the whole
/// process (`mlockall`), while each secret by itself would soon meet the limit of locked memory.
pub(super) struct Page<M: AsMut<[u8]> = MmapMut> {
    map: M,
    /// How much of it is in use.
    len: usize,
}

impl Page {
    fn new(capacity: usize) -> Result<Self> {
        let map = MmapMut::map_anon(capacity).map_err(|error| {
            let message = format!("there is no memory for a secret of {capacity} bytes");
            Error::new(ErrorCode::ResourceExhausted, message).with_cause(error)
        })?;
        if let Err(error) = map.advise(Advice::DontDump) {
            tracing::debug!(%error, "the kernel does not leave secrets out of core dumps");
        }
        Ok(Self { map, len: 0 })
    }
}

impl AsRef<[u8]> for Page {
    fn as_ref(&self) -> &[u8] {
        self.map.get(..self.len).unwrap_or_default()
    }
}

impl<M: AsMut<[u8]>> Drop for Page<M> {
    fn drop(&mut self) {
        // By writes that the compiler may not leave out.
        self.map.as_mut().zeroize();
    }
}

/// A secret that is being put together, in the memory that it will stay in.
pub(super) struct Draft {
    page: Page,
    capacity: usize,
}

impl Draft {
    /// Room for a value of so many bytes.
    ///
    /// # Errors
    /// `resource_exhausted` for more than [`MAX_VALUE`], or if there is no memory.
    pub(super) fn new(capacity: usize) -> Result<Self> {
        if capacity > MAX_VALUE {
            return Err(too_long());
        }
        Ok(Self { page: Page::new(capacity + MAX_VERSION + LENGTH)?, capacity })
    }

    /// A copy of `value`.
    pub(super) fn of(value: &[u8]) -> Result<Self> {
        let mut draft = Self::new(value.len())?;
        draft.put(value);
        Ok(draft)
    }

    /// What is in a file from where it stands to its end. None of it touches other memory. A file
    /// that grows beyond what it had at first is read from its beginning into more memory by the
    /// caller: `None`.
    pub(super) fn read(file: &mut File, size: u64) -> Result<Option<Self>> {
        let size = usize::try_from(size).ok().filter(|size| *size <= MAX_VALUE);
        let mut draft = Self::new(size.ok_or_else(too_long)?)?;
        loop {
            // One byte more, to see that it ends there.
            let rest = draft.page.map.get_mut(draft.page.len..=draft.capacity).unwrap_or_default();
            match file.read(rest) {
                Ok(0) => return Ok(Some(draft)),
                Ok(read) => draft.page.len += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Error::new(
                        ErrorCode::Unavailable,
                        "the file of a secret cannot be read",
                    )
                    .with_cause(error));
                }
            }
            if draft.page.len > draft.capacity {
                return if draft.capacity == MAX_VALUE { Err(too_long()) } else { Ok(None) };
            }
        }
    }

    /// The value so far.
    pub(super) fn value(&self) -> &[u8] {
        self.page.as_ref()
    }

    /// The secret, with its version, which is cut off where it is too long.
    pub(super) fn finish(mut self, version: &str) -> SecretValue {
        let mut end = version.len().min(MAX_VERSION);
        while !version.is_char_boundary(end) {
            end -= 1;
        }
        let version = version.as_bytes().get(..end).unwrap_or_default();
        self.put(version);
        self.put(&u32::try_from(version.len()).unwrap_or(0).to_le_bytes());
        SecretValue::of_page(self.page)
    }

    fn put(&mut self, bytes: &[u8]) {
        let end = self.page.len + bytes.len();
        // There is room: whoever puts something has asked for it.
        if let Some(place) = self.page.map.get_mut(self.page.len..end) {
            place.copy_from_slice(bytes);
            self.page.len = end;
        }
    }
}

fn too_long() -> Error {
    let message =
        format!("the secret has more than {MAX_VALUE} bytes, which is the most there may be");
    Error::new(ErrorCode::ResourceExhausted, message)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    /// What the kernel says about the mapping that holds this address.
    fn flags(address: *const u8) -> String {
        let maps = fs::read_to_string("/proc/self/smaps").unwrap();
        let address = address as usize;
        let mut inside = false;
        for line in maps.lines() {
            let range = line.split_once(' ').and_then(|(range, _)| range.split_once('-'));
            if let Some((from, to)) = range
                && let (Ok(from), Ok(to)) =
                    (usize::from_str_radix(from, 16), usize::from_str_radix(to, 16))
            {
                inside = (from..to).contains(&address);
            }
            if inside && let Some(flags) = line.strip_prefix("VmFlags:") {
                return flags.to_owned();
            }
        }
        panic!("no mapping has this address");
    }

    #[test]
    fn a_secret_is_left_out_of_core_dumps() {
        let value = Draft::of(b"s3cr3t").unwrap().finish("1");
        let flags = flags(value.expose().as_ptr());
        assert!(flags.split_whitespace().any(|flag| flag == "dd"), "{flags}");
    }

    #[test]
    fn memory_is_wiped_before_it_goes() {
        /// Tells what was in it when it went.
        struct Told([u8; 6], std::sync::mpsc::Sender<[u8; 6]>);
        impl AsMut<[u8]> for Told {
            fn as_mut(&mut self) -> &mut [u8] {
                &mut self.0
            }
        }
        impl Drop for Told {
            fn drop(&mut self) {
                self.1.send(self.0).unwrap();
            }
        }
        let (told, heard) = std::sync::mpsc::channel();
        drop(Page { map: Told(*b"s3cr3t", told), len: 6 });
        assert_eq!(heard.recv().unwrap(), [0; 6]);
    }

    #[test]
    fn a_file_comes_whole_or_is_read_again() {
        let mut file = tempfile();
        file.write_all(b"s3cr3t").unwrap();
        let read = |size| {
            let mut file = file.try_clone().unwrap();
            std::io::Seek::rewind(&mut file).unwrap();
            Draft::read(&mut file, size)
        };
        for size in [6, 7, 4096] {
            assert_eq!(read(size).unwrap().unwrap().value(), b"s3cr3t");
        }
        for size in [0, 5] {
            assert!(read(size).unwrap().is_none());
        }
        let error = read(MAX_VALUE as u64 + 1).err().unwrap();
        assert_eq!(error.code(), ErrorCode::ResourceExhausted);
    }

    fn tempfile() -> File {
        let path = std::env::temp_dir().join(format!("tombolo-page-{}", std::process::id()));
        let file = File::options().create_new(true).read(true).write(true).open(&path).unwrap();
        fs::remove_file(path).unwrap();
        file
    }
}
