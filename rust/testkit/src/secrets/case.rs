//! A case: steps on a store that is empty, as pure data.

use tombolo::ErrorCode;
use tombolo::secrets::Capabilities;

/// A case and what a store must have, or lack, for it to be registered.
#[derive(Clone, Debug)]
pub struct Case {
    /// Unique, of `a-z0-9_`.
    pub name: &'static str,
    /// All must hold.
    pub requires: Vec<Requirement>,
    /// In order.
    pub steps: Vec<Step>,
}

/// What a store declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// `set`
    Set,
    /// `delete`
    Delete,
    /// Versions before the current one
    Versions,
    /// Values that are no text
    Binary,
}

/// A capability that must be there or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Which.
    pub capability: Capability,
    /// There or not.
    pub present: bool,
}

/// What a step does. The fields of [`Step`] that are not named mean nothing to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sets `name` to `value`; the version goes into `slot`, if that is not 0, and must be none of
    /// those of this secret in other slots.
    Set,
    /// Gets `name`, which is `value`; its version is the one in `slot`, if that is not 0.
    Get,
    /// Gets `name` in the version in `slot`, which is `value`.
    GetVersion,
    /// Gets `name` in the version that is called as `value` says.
    GetNamedVersion,
    /// Deletes `name`.
    Delete,
    /// Lists: `names`, in this order.
    List,
    /// The versions of `name`: those in `slots`, in this order.
    Versions,
    /// Watches `name`, in place of what was watched before.
    Watch,
    /// Waits for what the watch sees next: `value`, with the version in `slot`, if that is not 0;
    /// or the error.
    Next,
}

/// A step. It must end with `code`, or succeed if that is none; an error names the store's service,
/// and shows nothing of `value`.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub kind: Kind,
    /// Of the secret.
    pub name: String,
    /// What is set, or expected.
    pub value: Vec<u8>,
    /// Where a version is kept; 0 for none.
    pub slot: u32,
    /// Of a list.
    pub names: Vec<&'static str>,
    /// Of versions.
    pub slots: Vec<u32>,
    /// The error that is expected.
    pub code: Option<ErrorCode>,
}

impl Case {
    /// Whether a store that can do this is to be held to the case.
    #[must_use]
    pub fn is_registered(&self, can: Capabilities) -> bool {
        let has = |capability| match capability {
            Capability::Set => can.set,
            Capability::Delete => can.delete,
            Capability::Versions => can.versions,
            Capability::Binary => can.binary,
        };
        self.requires.iter().all(|one| has(one.capability) == one.present)
    }
}
