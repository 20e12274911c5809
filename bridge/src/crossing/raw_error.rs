//! Where errors become what C++ holds, and back.

use std::mem::{ManuallyDrop, transmute};

use tombolo::{DetailedError, Effect, Error, ErrorCode, ErrorKind, PlainError};

use super::abi::RawError;
use super::codes;

impl RawError {
    /// No error.
    pub const NONE: Self =
        Self { data: std::ptr::null(), len: 0, code: 0, kind: 0, effect: 0, flags: 0 };

    #[inline]
    fn is_detailed(&self) -> bool {
        self.flags & Self::DETAILED != 0
    }

    /// The error, borrowed, if it is a detailed one.
    pub(crate) fn detailed(&self) -> Option<&DetailedError> {
        // SAFETY: with this flag, the pointer is a `DetailedError`, which is transparent over one.
        self.is_detailed()
            .then(|| unsafe { &*std::ptr::from_ref(&self.data).cast::<DetailedError>() })
    }

    /// The error, moved out.
    pub(crate) fn into_error(self) -> Option<Error> {
        let raw = ManuallyDrop::new(self);
        if raw.is_detailed() {
            // SAFETY: as in `detailed`; the pointer is not used again.
            return Some(unsafe { transmute::<*const (), DetailedError>(raw.data) }.into());
        }
        raw.plain().map(Error::from)
    }

    fn plain(&self) -> Option<PlainError> {
        if self.data.is_null() {
            return None;
        }
        // SAFETY: neither null nor detailed, so it is the text of a `PlainError`, of this length.
        let message = unsafe {
            let bytes = std::slice::from_raw_parts(self.data.cast::<u8>(), self.len as usize);
            std::str::from_utf8_unchecked(bytes)
        };
        Some(PlainError {
            code: codes::code(self.code.into()).unwrap_or(ErrorCode::Unknown),
            kind: codes::kind(self.kind.into()).unwrap_or(ErrorKind::General),
            effect: codes::effect(self.effect.into()).unwrap_or(Effect::Unknown),
            retryable: self.flags & Self::RETRYABLE != 0,
            message,
        })
    }

    #[inline]
    fn of_plain(plain: PlainError, len: u32) -> Self {
        Self {
            data: plain.message.as_ptr().cast(),
            len,
            code: plain.code as u8,
            kind: plain.kind as u8,
            effect: plain.effect as u8,
            flags: u8::from(plain.retryable) * Self::RETRYABLE,
        }
    }

    #[cold]
    #[inline(never)]
    fn of_detailed(detailed: DetailedError) -> Self {
        let mut raw = Self::of_plain(*detailed.plain(), 0);
        raw.flags |= Self::DETAILED;
        // SAFETY: `DetailedError` is transparent over one pointer that is never null.
        raw.data = unsafe { transmute::<DetailedError, *const ()>(detailed) };
        raw
    }
}

impl From<Error> for RawError {
    #[inline]
    fn from(error: Error) -> Self {
        match error.into_plain() {
            Ok(plain) => match u32::try_from(plain.message.len()) {
                Ok(len) => Self::of_plain(plain, len),
                Err(_) => Self::of_plain(PlainError { message: "", ..plain }, 0), // 4 GiB of text
            },
            Err(detailed) => Self::of_detailed(detailed),
        }
    }
}

impl Drop for RawError {
    #[inline]
    fn drop(&mut self) {
        if self.is_detailed() {
            drop(std::mem::replace(self, Self::NONE).into_error());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(error: &Error) -> Error {
        let raw = RawError::from(error.clone());
        raw.into_error().unwrap_or_else(|| Error::new(ErrorCode::Internal, "lost"))
    }

    #[test]
    fn a_plain_error_crosses_as_itself() {
        let error = Error::new(ErrorCode::Aborted, "größe")
            .with_kind(ErrorKind::ConditionNotMet)
            .with_effect(Effect::Done)
            .with_retryable(false);
        let raw = RawError::from(error.clone());
        assert!(raw.detailed().is_none());
        assert_eq!((raw.code, raw.kind, raw.effect, raw.flags), (10, 6, 2, 0));
        assert_eq!(there_and_back(&error).into_plain().ok(), error.into_plain().ok());
    }

    #[test]
    fn an_error_with_more_to_it_crosses_as_a_pointer() {
        let error = Error::new(ErrorCode::Aborted, "lost").with_attempts(3);
        let raw = RawError::from(error.clone());
        assert_eq!(raw.detailed().map(DetailedError::attempts), Some(3));
        assert_eq!(raw.flags, RawError::DETAILED | RawError::RETRYABLE);
        let own = Error::new(ErrorCode::NotFound, "made for it".to_owned());
        for error in [error, own] {
            assert_eq!(there_and_back(&error).to_string(), error.to_string());
            assert_eq!(there_and_back(&error).attempts(), error.attempts());
        }
    }

    #[test]
    fn none_is_none_and_an_empty_text_is_some() {
        assert!(RawError::NONE.into_error().is_none());
        let empty = Error::new(ErrorCode::NotFound, "");
        assert_eq!(there_and_back(&empty).code(), ErrorCode::NotFound);
    }
}
