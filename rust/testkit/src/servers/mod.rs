//! Servers that speak the clouds' protocols, started for tests on free ports of 127.0.0.1.
//!
//! `make setup` installs them into `build/servers`, but for those that are written here. A server that is missing or does not answer is an
//! error that says so, never a test that is skipped.

mod azure_identity;
mod azurite;
mod certificate;
mod deviations;
mod folder;
mod gcs;
mod http;
mod openbao;
mod process;
mod s3;
mod scripted;
mod wire;

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

pub use azure_identity::{FakeCli, FakeIdentity, Manner};
pub use certificate::Certificate;
pub use gcs::{FakeGcs, Issuer};
pub use openbao::OpenBao;
pub use scripted::{Answer, Asked, Scripted};

use azurite::{Azurite, Data};
use s3::{Moto, SeaweedFs};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Azure Blob Storage, by its makers' emulator.
    Azurite,
    /// S3, by a store that is used as one.
    SeaweedFs,
    /// S3, by the mock that Python programs test with.
    Moto,
    /// Google Cloud Storage, by a server of this crate.
    FakeGcs,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Azurite, Self::SeaweedFs, Self::Moto, Self::FakeGcs];

    /// Its name in the names of tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Azurite => "azurite",
            Self::SeaweedFs => "seaweedfs",
            Self::Moto => "moto",
            Self::FakeGcs => "fake_gcs",
        }
    }
}

/// A server that runs until this is dropped, or until the thread that has started it ends, however
/// it ends.
#[derive(Debug)]
pub struct Server(Running);

#[derive(Debug)]
enum Running {
    Azurite(Azurite),
    SeaweedFs(SeaweedFs),
    Moto(Moto),
    FakeGcs(FakeGcs),
}

impl Server {
    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    /// It is not installed, does not start, or does not answer within a minute.
    pub fn start(kind: Kind) -> io::Result<Self> {
        Ok(Self(match kind {
            Kind::Azurite => Running::Azurite(Azurite::start(Data::InMemory)?),
            Kind::SeaweedFs => Running::SeaweedFs(SeaweedFs::start()?),
            Kind::Moto => Running::Moto(Moto::start()?),
            Kind::FakeGcs => Running::FakeGcs(FakeGcs::start()?),
        }))
    }

    /// Starts Azurite over TLS, with a certificate by an authority that nobody knows; its places are
    /// trusted by their URLs.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_azurite_with_tls() -> io::Result<Self> {
        Ok(Self(Running::Azurite(Azurite::start_with_tls()?)))
    }

    /// Starts one that keeps its data on the disk, so that [`Server::kill`] leaves something.
    ///
    /// # Errors
    /// As [`Server::start`]; and for those that have no data on a disk.
    pub fn start_on_disk(kind: Kind) -> io::Result<Self> {
        Ok(Self(match kind {
            Kind::Azurite => Running::Azurite(Azurite::start(Data::OnDisk)?),
            Kind::SeaweedFs => Running::SeaweedFs(SeaweedFs::start()?),
            Kind::Moto | Kind::FakeGcs => return Err(keeps_nothing(kind)),
        }))
    }

    /// Ends its process by SIGKILL, in the middle of whatever it does. What it has written to files
    /// is kept: the machine goes on.
    ///
    /// # Errors
    /// It has no data on a disk, or has ended by itself and was waited for.
    pub fn kill(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Running::Azurite(server) => server.kill(),
            Running::SeaweedFs(server) => server.kill(),
            Running::Moto(_) => Err(keeps_nothing(Kind::Moto)),
            Running::FakeGcs(_) => Err(keeps_nothing(Kind::FakeGcs)),
        }
    }

    /// Starts it again at the same ports with the same data, and waits until it answers. It ends
    /// with the thread that calls this.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_again(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Running::Azurite(server) => server.start_again(),
            Running::SeaweedFs(server) => server.start_again(),
            Running::Moto(_) => Err(keeps_nothing(Kind::Moto)),
            Running::FakeGcs(_) => Err(keeps_nothing(Kind::FakeGcs)),
        }
    }

    /// The port of 127.0.0.1 at which it serves blobs.
    #[must_use]
    pub fn port(&self) -> u16 {
        match &self.0 {
            Running::Azurite(server) => server.port(),
            Running::SeaweedFs(server) => server.port(),
            Running::Moto(server) => server.port(),
            Running::FakeGcs(server) => server.port(),
        }
    }

    /// The URL of one of its places by way of another port: a proxy's.
    #[must_use]
    pub fn through(&self, place: &str, port: u16) -> String {
        let own = self.port();
        let place = place.replace(&format!("127.0.0.1:{own}"), &format!("127.0.0.1:{port}"));
        place.replace(&format!("127.0.0.1%3A{own}"), &format!("127.0.0.1%3A{port}"))
    }

    /// Makes a new and empty container or bucket; gives the URL to open it with.
    ///
    /// # Errors
    /// The server refuses it.
    pub fn new_place(&self) -> io::Result<String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("place-{}-{number}", std::process::id());
        match &self.0 {
            Running::Azurite(server) => server.new_place(&name),
            Running::SeaweedFs(server) => server.new_place(&name),
            Running::Moto(server) => server.new_place(&name),
            Running::FakeGcs(server) => Ok(server.new_place(&name)),
        }
    }
}

fn keeps_nothing(kind: Kind) -> io::Error {
    io::Error::other(format!("{} keeps nothing", kind.name()))
}
