//! Secrets: passwords, keys and tokens by name, in memory that is wiped.
//!
//! A [`SecretStore`] is opened by URL: a folder as orchestrators mount it
//! (`folder:///run/secrets`), the environment (`env://APP_`), or HashiCorp Vault and OpenBao
//! (`vault://host:8200/mount`). What it gives is a [`SecretValue`]: bytes in pages of their own,
//! which are no part of a core dump and are wiped with the last who holds them.
//!
//! Reads are kept for a time (`ttl`); what is kept is answered at once. [`SecretStore::watch`]
//! tells of each change, once.

mod backend;
mod cache;
mod environment;
mod folder;
mod mark;
mod name;
mod open;
mod page;
mod store;
mod value;
mod vault;
mod watch;

pub use backend::Capabilities;
pub use open::OpenOptions;
pub use page::MAX_VALUE;
pub use store::SecretStore;
pub use value::SecretValue;
pub use watch::Watch;
