//! A folder for a server's data, which goes when the server does.

use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

/// Reads which process uses the folder. When the other end of the pipe is closed, by whatever end of
/// the test, it ends that process and removes the folder.
const KEEPER: &str = r#"
trap "" HUP INT TERM
while read -r word; do user=$word; done
if [ -n "$user" ]; then
  kill -9 "$user" 2>/dev/null
  left=100
  while [ $left -gt 0 ] && kill -0 "$user" 2>/dev/null; do left=$((left - 1)); sleep 0.05; done
fi
rm -rf -- "$1"
"#;

/// A new folder for temporaries. A test may be killed, and then nothing of it runs any more; so a
/// process of its own sees to it that the folder is removed.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    keeper: Child,
}

impl Folder {
    pub(super) fn new() -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tombolo-server-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path)?;
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What ends the test's group of processes is not to end this one.
            .process_group(0)
            .spawn()?;
        Ok(Self { path, keeper })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Tells which process uses it; 0 for none any more.
    pub(super) fn used_by(&mut self, process: u32) -> io::Result<()> {
        let user = if process == 0 { String::new() } else { process.to_string() };
        match &mut self.keeper.stdin {
            Some(pipe) => writeln!(pipe, "{user}"),
            None => Ok(()),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in a folder for temporaries.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_and_so_does_who_uses_it() -> io::Result<()> {
        let mut user = Command::new("sleep").arg("600").spawn()?;
        let mut folder = Folder::new()?;
        folder.used_by(user.id())?;
        let path = folder.path().to_owned();
        fs::write(path.join("a"), "b")?;
        // As when the test is killed: nothing is done but that the pipe is closed.
        drop(folder.keeper.stdin.take());
        assert!(!user.wait()?.success());
        folder.keeper.wait()?;
        assert!(!path.exists());
        Ok(())
    }
}
