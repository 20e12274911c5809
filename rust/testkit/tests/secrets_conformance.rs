//! Every registered case for secrets against every store that is embedded, each as a test of its
//! own.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use libtest_mimic::{Arguments, Failed, Trial};
use tombolo::secrets::SecretStore;
use tombolo_testkit::secrets::{Case, cases, run_case};

/// Kinds of stores: what follows the path of a folder's URL, and whether an orchestrator has it;
/// `None` for the environment.
const STORES: [(&str, Option<(&str, bool)>); 4] = [
    ("folder", Some(("?ttl=3600&poll=1", false))),
    ("folder_not_kept", Some(("?ttl=0&poll=1", false))),
    ("mounted", Some(("", true))),
    ("env", None),
];

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (name, folder) in STORES {
        let opened = Place::new(folder).and_then(|place| Ok(place.open()?.capabilities()));
        let can = match opened {
            Ok(can) => can,
            Err(why) => {
                trials.push(Trial::test(format!("{name}::opens"), move || Err(why)));
                continue;
            }
        };
        for case in cases().into_iter().filter(|case| case.is_registered(can)) {
            let trial = format!("{name}::{}", case.name);
            trials.push(Trial::test(trial, move || run(folder, &case)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn run(folder: Option<(&str, bool)>, case: &Case) -> Result<(), Failed> {
    let place = Place::new(folder)?;
    let store = place.open()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run_case(&store, case)).map_err(Failed::from)
}

/// Where the store of one case is, which goes with it.
struct Place {
    url: String,
    folder: Option<PathBuf>,
}

impl Place {
    fn new(folder: Option<(&str, bool)>) -> Result<Self, Failed> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let Some((query, is_mounted)) = folder else {
            return Ok(Self { url: "env://NO_VARIABLE_BEGINS_SO_".into(), folder: None });
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("secrets-{}-{number}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir(&folder)?;
        if is_mounted {
            fs::create_dir(folder.join("..version"))?;
            symlink("..version", folder.join("..data"))?;
        }
        let path = folder.to_str().ok_or("the path is not UTF-8")?;
        let path = path.replace('%', "%25").replace(' ', "%20").replace('#', "%23");
        let url = format!("folder://{}{query}", path.replace('?', "%3F"));
        Ok(Self { url, folder: Some(folder) })
    }

    fn open(&self) -> Result<SecretStore, Failed> {
        SecretStore::open(&self.url).map_err(|e| Failed::from(format!("{}: {e}", self.url)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // What cannot be removed stays in the target folder, which is no failure of the store.
            let _ = fs::remove_dir_all(folder);
        }
    }
}
