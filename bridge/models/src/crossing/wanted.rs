//! The models want a value, whatever it is, or none.

#[derive(Clone, Copy)]
pub(crate) struct Wanted(bool);

impl Wanted {
    pub(crate) const NOTHING: Self = Self(false);
    pub(crate) const ANY: Self = Self(true);

    pub(crate) fn give<T>(self, value: T) -> Option<T> {
        (!self.0).then_some(value)
    }
}
