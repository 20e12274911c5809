//! Every registered case against every store that is embedded, each as a test of its own.

mod stores;

use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use tombolo_testkit::blob::{Case, cases, run_case};

use stores::{STORES, Store};

fn main() {
    let arguments = Arguments::from_args();
    let trials = STORES.iter().flat_map(|store| trials_of(*store)).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// The cases that the store's capabilities register. A store that does not open is a failure.
fn trials_of(store: Store) -> Vec<Trial> {
    let name = store.name;
    let opened = stores::Place::new(store).and_then(|place| Ok(place.open()?.capabilities()));
    match opened {
        Err(why) => vec![Trial::test(format!("{name}::opens"), move || Err(why))],
        Ok(capabilities) => cases()
            .into_iter()
            .filter(|case| case.is_registered(capabilities))
            .map(|case| trial(store, Arc::new(case)))
            .collect(),
    }
}

fn trial(store: Store, case: Arc<Case>) -> Trial {
    let name = format!("{}::{}", store.name, case.name);
    Trial::test(name, move || {
        let place = stores::Place::new(store)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let open = || place.open_store();
        runtime.block_on(run_case(&open, &case)).map_err(Failed::from)
    })
}
