//! One operation on a store, and what it must answer.

use arbitrary::Arbitrary;
use bytes::Bytes;
use tombolo::blob::{
    BlobStore, ByteRange, CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions,
    ListPage, ObjectMeta, PutCondition, PutOptions,
};
use tombolo::{Error, ErrorCode, Result};

use crate::input::{AnyKey, AnyRange, Described, is_description, is_etag, is_key};
use crate::model::{Held, Model, part};
use crate::{check_error, run};

use ErrorCode::{FailedPrecondition, InvalidArgument, NotFound};

/// An etag to compare with.
#[derive(Arbitrary, Clone, Debug)]
pub enum Tag {
    /// None.
    None,
    /// That of the object.
    Current,
    /// Anything.
    Text(String),
}

impl Tag {
    fn text(&self, object: Option<&Held>) -> Option<String> {
        match self {
            Self::None => None,
            Self::Current => Some(object.map_or("0".to_owned(), |held| held.etag.clone())),
            Self::Text(text) => Some(text.clone()),
        }
    }
}

/// One operation.
#[derive(Arbitrary, Debug)]
pub enum Step<'a> {
    /// Write.
    Put(AnyKey, &'a [u8], bool, Tag, Described),
    /// Write in two pieces.
    Write(AnyKey, [&'a [u8]; 2], Described),
    /// Read.
    Get(AnyKey, AnyRange, Tag, Tag),
    /// Read into a buffer of this size.
    Into(AnyKey, AnyRange, u8),
    /// Read in pieces.
    Read(AnyKey, AnyRange),
    /// Look.
    Head(AnyKey, Tag, Tag),
    /// Delete.
    Delete(AnyKey, Tag),
    /// Delete several.
    Many(Vec<AnyKey>),
    /// Copy, or rename.
    Transfer(AnyKey, AnyKey, bool, bool),
    /// List.
    List(Listing),
}

/// Options of a listing.
#[derive(Arbitrary, Clone, Debug)]
pub struct Listing {
    prefix: Option<AnyKey>,
    start_after: Option<AnyKey>,
    delimiter: Option<char>,
    slash: bool,
    page_size: u16,
}

impl Listing {
    fn options(&self) -> ListOptions {
        let text = |key: &Option<AnyKey>| key.as_ref().map(AnyKey::text).unwrap_or_default();
        ListOptions {
            prefix: text(&self.prefix),
            start_after: text(&self.start_after),
            delimiter: if self.slash { Some('/') } else { self.delimiter },
            page_size: self.page_size.into(),
        }
    }
}

/// A store and what it must hold.
pub struct Tried {
    store: BlobStore,
    model: Model,
}

/// The answer is an error, and one of those that it may be.
fn fails<T>(answer: Result<T>, codes: &[ErrorCode]) {
    match answer {
        Ok(_) => panic!("it must fail with one of {codes:?}"),
        Err(error) => {
            check(&error);
            assert!(codes.contains(&error.code()), "{codes:?}: {error}");
        }
    }
}

fn check(error: &Error) {
    check_error(error, 2 * 1200 * 4);
}

impl Tried {
    /// An empty one.
    #[must_use]
    pub fn new(store: BlobStore) -> Self {
        let model = Model::new(store.capabilities().persistent);
        Self { store, model }
    }

    /// Runs a step and checks its answer.
    pub fn step(&mut self, step: &Step<'_>) {
        match step {
            Step::Put(key, body, absent, tag, described) => {
                let key = key.text();
                let mut options = described.options();
                options.condition = match tag.text(self.model.objects.get(&key)) {
                    Some(etag) => PutCondition::IfMatch(etag),
                    None if *absent => PutCondition::IfAbsent,
                    None => PutCondition::None,
                };
                self.put(&key, body, options);
            }
            Step::Write(key, pieces, described) => {
                self.write(&key.text(), pieces, described.options());
            }
            Step::Get(key, range, is, is_not) => {
                let key = key.text();
                let options = self.conditions(&key, range.range(), is, is_not);
                self.get(&key, options);
            }
            Step::Into(key, range, size) => self.get_into(&key.text(), range.range(), *size),
            Step::Read(key, range) => self.read(&key.text(), range.range()),
            Step::Head(key, is, is_not) => {
                let key = key.text();
                let options = self.conditions(&key, ByteRange::Full, is, is_not);
                self.head(&key, options);
            }
            Step::Delete(key, tag) => {
                let key = key.text();
                let if_match = tag.text(self.model.objects.get(&key));
                self.delete(&key, if_match);
            }
            Step::Many(keys) => self.delete_many(keys.iter().map(AnyKey::text).collect()),
            Step::Transfer(from, to, if_absent, renames) => {
                self.transfer(&from.text(), &to.text(), *if_absent, *renames);
            }
            Step::List(listing) => self.list(&listing.options()),
        }
    }

    fn conditions(&self, key: &str, range: ByteRange, is: &Tag, is_not: &Tag) -> GetOptions {
        let object = self.model.objects.get(key);
        GetOptions { range, if_match: is.text(object), if_none_match: is_not.text(object) }
    }

    /// Whether a write goes through, or with which errors it may fail.
    fn may_write(&self, key: &str, options: &PutOptions) -> (bool, &'static [ErrorCode]) {
        if !is_key(key) || !is_description(&options.content_type, &options.metadata) {
            return (false, &[InvalidArgument]);
        }
        let object = self.model.objects.get(key);
        let holds = match &options.condition {
            PutCondition::None => true,
            PutCondition::IfAbsent => object.is_none(),
            PutCondition::IfMatch(etag) if !is_etag(etag) => return (false, &[InvalidArgument]),
            PutCondition::IfMatch(etag) => object.is_some_and(|held| held.etag == *etag),
        };
        if self.model.may_refuse(key) {
            (false, &[FailedPrecondition, InvalidArgument])
        } else {
            (holds, &[FailedPrecondition])
        }
    }

    fn put(&mut self, key: &str, body: &[u8], options: PutOptions) {
        let (goes, codes) = self.may_write(key, &options);
        let answer = run(self.store.put(key, Bytes::copy_from_slice(body), options.clone()));
        if !goes {
            return fails(answer, codes);
        }
        let etag = answer.unwrap_or_else(|error| panic!("{error}")).etag;
        let PutOptions { content_type, metadata, .. } = options;
        self.model.write(key, Held { body: body.to_vec(), etag, content_type, metadata });
    }

    fn write(&mut self, key: &str, pieces: &[&[u8]], options: PutOptions) {
        let (goes, codes) = self.may_write(key, &options);
        let answer = run(async {
            let mut writer = self.store.writer(key, options.clone()).await?;
            for piece in pieces {
                writer.write(Bytes::copy_from_slice(piece)).await?;
            }
            writer.finish().await
        });
        if !goes {
            return fails(answer, codes);
        }
        let etag = answer.unwrap_or_else(|error| panic!("{error}")).etag;
        let PutOptions { content_type, metadata, .. } = options;
        self.model.write(key, Held { body: pieces.concat(), etag, content_type, metadata });
    }

    /// The object that a read must find, or with which errors it may fail.
    fn found(&self, key: &str, options: &GetOptions) -> Result<&Held, &'static [ErrorCode]> {
        let GetOptions { if_match, if_none_match, .. } = options;
        let tags_are_good = if_match.iter().chain(if_none_match).all(|tag| is_etag(tag));
        if !is_key(key) || !tags_are_good || self.model.may_not_look(key) {
            return Err(&[InvalidArgument]);
        }
        let held = self.model.objects.get(key).ok_or(&[NotFound, InvalidArgument][..])?;
        let is = if_match.as_ref().is_none_or(|tag| *tag == held.etag);
        let is_not = if_none_match.as_ref().is_none_or(|tag| *tag != held.etag);
        // A range of no bytes is refused before the conditions are looked at.
        if is && is_not { Ok(held) } else { Err(&[FailedPrecondition, InvalidArgument]) }
    }

    /// The bytes that a read must answer with.
    fn bytes(&self, key: &str, options: &GetOptions) -> Result<(&Held, &[u8]), Vec<ErrorCode>> {
        let held = self.found(key, options).map_err(<[_]>::to_vec)?;
        Ok((held, part(&held.body, options.range).map_err(|code| vec![code])?))
    }

    fn get(&self, key: &str, options: GetOptions) {
        let answer = run(self.store.get(key, options.clone()));
        match self.bytes(key, &options) {
            Err(codes) => fails(answer, &codes),
            Ok((held, bytes)) => {
                let object = answer.unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(object.bytes, bytes);
                is_meta(&object.meta, key, held);
            }
        }
    }

    fn get_into(&self, key: &str, range: ByteRange, size: u8) {
        let options = GetOptions { range, ..GetOptions::default() };
        let answer = run(self.store.get_into(key, vec![b'.'; size.into()], options.clone()));
        match self.bytes(key, &options) {
            Err(codes) => fails(answer, &codes),
            Ok((_, bytes)) if bytes.len() > size.into() => fails(answer, &[InvalidArgument]),
            Ok((held, bytes)) => {
                let filled = answer.unwrap_or_else(|error| panic!("{error}"));
                let (read, rest) = filled.buffer.split_at(filled.size);
                assert_eq!(read, bytes);
                assert!(rest.iter().all(|byte| *byte == b'.'));
                is_meta(&filled.meta, key, held);
            }
        }
    }

    fn read(&self, key: &str, range: ByteRange) {
        use std::future::poll_fn;
        let options = GetOptions { range, ..GetOptions::default() };
        let answer = run(async {
            let mut reader = self.store.reader(key, options.clone()).await?;
            let mut all = Vec::new();
            while let Some(chunk) = poll_fn(|cx| reader.chunks.as_mut().poll_next(cx)).await {
                let chunk = chunk?;
                assert!(!chunk.is_empty());
                all.extend_from_slice(&chunk);
            }
            Ok((reader.meta, all))
        });
        match self.bytes(key, &options) {
            Err(codes) => fails(answer, &codes),
            Ok((held, bytes)) => {
                let (meta, read) = answer.unwrap_or_else(|error: Error| panic!("{error}"));
                assert_eq!(read, bytes);
                is_meta(&meta, key, held);
            }
        }
    }

    fn head(&self, key: &str, options: GetOptions) {
        let GetOptions { if_match, if_none_match, .. } = options.clone();
        let answer = run(self.store.head(key, HeadOptions { if_match, if_none_match }));
        match self.found(key, &options) {
            Err(codes) => fails(answer, codes),
            Ok(held) => is_meta(&answer.unwrap_or_else(|error| panic!("{error}")), key, held),
        }
    }

    fn delete(&mut self, key: &str, if_match: Option<String>) {
        let object = self.model.objects.get(key);
        let codes: &[ErrorCode] = match &if_match {
            _ if !is_key(key) || self.model.may_not_look(key) => &[InvalidArgument],
            Some(tag) if !is_etag(tag) => &[InvalidArgument],
            Some(tag) if object.is_none_or(|held| held.etag != *tag) => &[FailedPrecondition],
            _ => &[],
        };
        let answer = run(self.store.delete(key, DeleteOptions { if_match }));
        if !codes.is_empty() {
            return fails(answer, codes);
        }
        answer.unwrap_or_else(|error| panic!("{error}"));
        self.model.objects.remove(key);
    }

    fn delete_many(&mut self, keys: Vec<String>) {
        let outcomes = run(self.store.delete_many(keys.clone()));
        let outcomes = outcomes.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(outcomes.len(), keys.len());
        for (key, outcome) in keys.iter().zip(outcomes) {
            assert_eq!(outcome.key, *key);
            if is_key(key) && !self.model.may_not_look(key) {
                outcome.result.unwrap_or_else(|error| panic!("{error}"));
                self.model.objects.remove(key);
            } else {
                fails(outcome.result, &[InvalidArgument]);
            }
        }
    }

    fn transfer(&mut self, from: &str, to: &str, if_absent: bool, renames: bool) {
        let options = CopyOptions { if_absent };
        let answer = if renames {
            run(self.store.rename(from, to, options))
        } else {
            run(self.store.copy(from, to, options))
        };
        if !is_key(from) || !is_key(to) || from == to {
            return fails(answer, &[InvalidArgument]);
        }
        if self.model.may_not_look(from) || self.model.may_refuse(to) {
            return fails(answer, &[InvalidArgument, NotFound, FailedPrecondition]);
        }
        let Some(mut held) = self.model.objects.get(from).cloned() else {
            return fails(answer, &[NotFound, FailedPrecondition]);
        };
        if if_absent && self.model.objects.contains_key(to) {
            return fails(answer, &[FailedPrecondition]);
        }
        held.etag = answer.unwrap_or_else(|error| panic!("{error}")).etag;
        if renames {
            self.model.objects.remove(from);
        }
        self.model.write(to, held);
    }

    fn list(&self, options: &ListOptions) {
        let pages = self.pages(options);
        let is_part = |text: &str| text.is_empty() || is_key(text);
        let good = is_part(&options.prefix)
            && is_part(&options.start_after)
            && options.delimiter.is_none_or(|c| c == '/')
            && (1..=10_000).contains(&options.page_size);
        if !good {
            return fails(pages, &[InvalidArgument]);
        }
        let pages = pages.unwrap_or_else(|error| panic!("{error}"));
        let (objects, prefixes) = self.model.list(options);
        let listed = pages.iter().flat_map(|page| &page.objects);
        let keys: Vec<_> = listed.clone().map(|meta| meta.key.clone()).collect();
        assert_eq!(keys, objects, "{options:?}");
        for meta in listed {
            is_meta(meta, &meta.key, &self.model.objects[&meta.key]);
        }
        let rolled: Vec<_> = pages.iter().flat_map(|page| page.prefixes.clone()).collect();
        assert_eq!(rolled, prefixes, "{options:?}");
        // All pages but the last are full, and they follow one another in order.
        let mut after = String::new();
        for (at, page) in pages.iter().enumerate() {
            let objects = page.objects.iter().map(|meta| &meta.key);
            let mut names: Vec<_> = objects.chain(&page.prefixes).collect();
            names.sort();
            let is_last = at + 1 == pages.len();
            assert!(names.len() == options.page_size || is_last && !names.is_empty());
            assert!(*names[0] > after);
            after.clone_from(names[names.len() - 1]);
        }
    }

    fn pages(&self, options: &ListOptions) -> Result<Vec<ListPage>> {
        let mut lister = self.store.list(options.clone())?;
        run(async {
            let mut pages = Vec::new();
            while let Some(page) = lister.next_page().await? {
                pages.push(page);
            }
            Ok(pages)
        })
    }
}

fn is_meta(meta: &ObjectMeta, key: &str, held: &Held) {
    assert_eq!((meta.key.as_str(), meta.size), (key, held.body.len() as u64));
    assert_eq!((&meta.etag, &meta.content_type), (&held.etag, &held.content_type));
    assert_eq!(meta.metadata, held.metadata);
}
