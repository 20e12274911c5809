//! A writer in the hands of C++.

use tombolo::blob;

use crate::crossing::free;
use crate::{Exclusive, OnCancel, RawBytes, Runtime, Spec, Ticket};

/// Used by one operation at a time.
pub struct BlobWriter {
    writer: Exclusive<blob::BlobWriter>,
    spec: Spec,
    runtime: Runtime,
}

/// # Safety
/// `writer` came from `take_writer` and is not used again.
pub(super) unsafe fn blob_writer_free(writer: *mut BlobWriter) {
    // SAFETY: handed on from the caller.
    unsafe { free(writer) };
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        // Also while a write is under way, which then drops it.
        self.runtime.within(|| self.writer.close());
    }
}

impl BlobWriter {
    pub(super) fn new(writer: blob::BlobWriter, spec: Spec, runtime: Runtime) -> Self {
        Self { writer: Exclusive::new(writer, OnCancel::Close), spec, runtime }
    }

    pub(super) fn write(&self, piece: RawBytes) -> Ticket {
        self.runtime.op(self.spec, || {
            let (writer, piece) = (self.writer.clone(), piece.into_bytes());
            Ok(async move { writer.with(async |writer| writer.write(piece).await).await })
        })
    }

    pub(super) fn finish(&self) -> Ticket {
        self.runtime.op(self.spec, || {
            let writer = self.writer.clone();
            Ok(async move { writer.with(async |writer| writer.finish().await).await })
        })
    }
}
