//! The steps that read.

use futures_util::StreamExt;
use tombolo::blob::{BlobReader, ByteRange, Filled, GetOptions, HeadOptions, Object, ObjectMeta};

use super::{Checked, Runner, at, holds, same, same_bytes, taken};
use crate::blob::Body;
use crate::blob::case::{Range, Read, ReadHow, Want};

/// What a buffer is full of before it is read into.
const UNTOUCHED: u8 = 0xA5;

impl Runner<'_> {
    pub(super) async fn read(&mut self, read: &Read) -> Checked {
        let etag = match read.how {
            ReadHow::Get => self.get(read).await?,
            ReadHow::Into => self.get_into(read).await?,
            ReadHow::Reader => self.read_whole(read).await?,
            ReadHow::Head => self.head(read).await?,
        };
        self.save(read.save, etag)
    }

    async fn get(&self, read: &Read) -> Checked<Option<String>> {
        let result = self.store.get(&read.key, self.get_options(read)?).await;
        let Some(object) = self.expected(result, &read.expect, "get")? else { return Ok(None) };
        let Object { meta, range, bytes } = object;
        self.matches(&meta, read)?;
        let end = read.want.offset + bytes.len() as u64;
        same("the range", &range, &(read.want.offset..end))?;
        same_bytes(&bytes, &read.want.body.bytes())?;
        Ok(Some(meta.etag))
    }

    async fn get_into(&self, read: &Read) -> Checked<Option<String>> {
        let room = usize::try_from(read.room).map_err(|e| e.to_string())?;
        let (buffer, options) = (vec![UNTOUCHED; room], self.get_options(read)?);
        let result = self.store.get_into(&read.key, buffer, options).await;
        let Some(filled) = self.expected(result, &read.expect, "get_into")? else {
            return Ok(None);
        };
        let Filled { buffer, size, range, meta } = filled;
        self.matches(&meta, read)?;
        same("the size of the buffer", &buffer.len(), &room)?;
        same("the range", &range, &(read.want.offset..read.want.offset + size as u64))?;
        let (bytes, rest) = buffer.split_at_checked(size).ok_or("more than the buffer holds")?;
        same_bytes(bytes, &read.want.body.bytes())?;
        let untouched = rest.iter().all(|byte| *byte == UNTOUCHED);
        holds(untouched, || "the rest of the buffer was touched".to_owned())?;
        Ok(Some(meta.etag))
    }

    async fn read_whole(&self, read: &Read) -> Checked<Option<String>> {
        let result = self.store.reader(&read.key, self.get_options(read)?).await;
        let Some(mut reader) = self.expected(result, &read.expect, "reader")? else {
            return Ok(None);
        };
        self.matches(&reader.meta, read)?;
        let mut bytes = Vec::new();
        while next_chunk(&mut reader, &mut bytes).await? {}
        let end = read.want.offset + bytes.len() as u64;
        same("the range", &reader.range, &(read.want.offset..end))?;
        same_bytes(&bytes, &read.want.body.bytes())?;
        Ok(Some(reader.meta.etag))
    }

    async fn head(&self, read: &Read) -> Checked<Option<String>> {
        let options = HeadOptions {
            if_match: self.tag(&read.if_match)?,
            if_none_match: self.tag(&read.if_none_match)?,
        };
        let result = self.store.head(&read.key, options).await;
        let Some(meta) = self.expected(result, &read.expect, "head")? else { return Ok(None) };
        self.matches(&meta, read)?;
        Ok(Some(meta.etag))
    }

    pub(super) async fn open_reader(&mut self, slot: u32, read: &Read) -> Checked {
        let result = self.store.reader(&read.key, self.get_options(read)?).await;
        if let Some(reader) = self.expected(result, &read.expect, "reader")? {
            self.matches(&reader.meta, read)?;
            self.readers.insert(slot, (reader, Vec::new()));
        }
        Ok(())
    }

    pub(super) async fn read_chunk(&mut self, slot: u32) -> Checked {
        let (reader, bytes) = at(&mut self.readers, slot)?;
        let more = next_chunk(reader, bytes).await?;
        holds(more, || "the reader has no more pieces".to_owned())
    }

    pub(super) async fn read_rest(&mut self, slot: u32, body: &Body) -> Checked {
        let (mut reader, mut bytes) = taken(&mut self.readers, slot)?;
        while next_chunk(&mut reader, &mut bytes).await? {}
        // A stream that is over stays over.
        holds(!next_chunk(&mut reader, &mut bytes).await?, || "a piece after the last".to_owned())?;
        same_bytes(&bytes, &body.bytes())
    }

    fn get_options(&self, read: &Read) -> Checked<GetOptions> {
        Ok(GetOptions {
            range: byte_range(read.range),
            if_match: self.tag(&read.if_match)?,
            if_none_match: self.tag(&read.if_none_match)?,
        })
    }

    fn matches(&self, meta: &ObjectMeta, read: &Read) -> Checked {
        let Want { size, content_type, metadata, etag, .. } = &read.want;
        same("the key", &meta.key, &read.key)?;
        same("the size", &meta.size, size)?;
        same("the content type", &meta.content_type, content_type)?;
        same("the metadata", &meta.metadata, metadata)?;
        match self.tag(etag)? {
            Some(etag) => same("the etag", &meta.etag, &etag),
            None => Ok(()),
        }
    }
}

/// Reads one piece; false at the end.
async fn next_chunk(reader: &mut BlobReader, bytes: &mut Vec<u8>) -> Checked<bool> {
    match reader.chunks.next().await {
        None => Ok(false),
        Some(Err(error)) => Err(format!("reading on failed: {error:?}")),
        Some(Ok(piece)) => {
            holds(!piece.is_empty(), || "an empty piece".to_owned())?;
            bytes.extend_from_slice(&piece);
            Ok(true)
        }
    }
}

fn byte_range(range: Range) -> ByteRange {
    match range {
        Range::Full => ByteRange::Full,
        Range::From(offset) => ByteRange::From { offset, length: None },
        Range::Part(offset, length) => ByteRange::From { offset, length: Some(length) },
        Range::Suffix(length) => ByteRange::Suffix(length),
    }
}
