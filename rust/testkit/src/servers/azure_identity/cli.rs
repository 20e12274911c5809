//! A program that stands for the Azure CLI.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::servers::folder::Folder;

/// A script that is called in place of `az`, in a folder of its own. Both go when this is dropped.
#[derive(Debug)]
pub struct FakeCli(Folder);

impl FakeCli {
    /// Makes one that does what `script` says, to a shell.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(script: &str) -> io::Result<Self> {
        let cli = Self(Folder::new()?);
        let folder = cli.0.path().display();
        fs::write(cli.program(), format!("#!/bin/sh\ncd \"{folder}\" || exit 1\n{script}\n"))?;
        fs::set_permissions(cli.program(), fs::Permissions::from_mode(0o755))?;
        Ok(cli)
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> PathBuf {
        self.file("az")
    }

    /// A file that the script writes.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}
