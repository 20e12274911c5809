//! The suite itself: it finds every fault that is seeded, and it tests absent capabilities.

use std::sync::Arc;

use tombolo::blob::{Backend, BlobStore, Capabilities, memory};
use tombolo_testkit::blob::{Fault, Wrapped, cases, run_case};

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Runs the cases that the store registers, until one fails: how many passed, and what failed.
async fn run_all(
    store: impl Fn(Arc<dyn Backend>) -> Wrapped + Sync,
) -> Checked<(usize, Option<String>)> {
    let open = || {
        let inner = memory::open("", memory::MemoryOptions::default())?;
        Ok(BlobStore::from_backend(Arc::new(store(inner))))
    };
    let capabilities = open().map(|store: BlobStore| store.capabilities())?;
    let mut passed = 0;
    for case in cases().iter().filter(|case| case.is_registered(capabilities)) {
        match run_case(&open, case).await {
            Ok(()) => passed += 1,
            Err(failure) => return Ok((passed, Some(failure.to_string()))),
        }
    }
    Ok((passed, None))
}

#[tokio::test]
async fn every_seeded_fault_is_found() -> Checked {
    for fault in Fault::ALL {
        let (passed, failed) = run_all(|inner| Wrapped::faulty(inner, fault)).await?;
        assert!(failed.is_some(), "{fault:?} passed all {passed} cases");
        assert!(passed > 0, "{fault:?} fails at once, so it shows nothing: {failed:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_store_without_faults_passes() -> Checked {
    let (passed, failed) = run_all(|inner| Wrapped::faulty(inner, Fault::None)).await?;
    assert!(failed.is_none() && passed > 250, "{passed} passed, then: {failed:?}");
    Ok(())
}

/// Nothing but what a store must always do; what a store says that it does otherwise is not declared,
/// since the store in memory does not: it refuses no key, and makes new etags.
#[tokio::test]
async fn a_store_that_declares_nothing_passes_the_cases_for_absence() -> Checked {
    let least = Capabilities {
        key_beside_folder: true,
        long_segments: true,
        odd_keys: true,
        new_etags: true,
        ..Capabilities::default()
    };
    let (passed, failed) = run_all(|inner| Wrapped::new(inner, least)).await?;
    assert!(failed.is_none() && passed > 200, "{passed} passed, then: {failed:?}");
    Ok(())
}

/// A store whose listings carry no metadata, though it is kept.
#[tokio::test]
async fn a_store_whose_listings_carry_no_metadata_passes() -> Checked {
    let less = |all: Capabilities| Capabilities { list_has_metadata: false, ..all };
    let (passed, failed) = run_all(|inner| {
        let less = less(inner.capabilities());
        Wrapped::new(inner, less)
    })
    .await?;
    assert!(failed.is_none() && passed > 250, "{passed} passed, then: {failed:?}");
    Ok(())
}

/// What is declared and not so is found, in both directions.
#[tokio::test]
async fn a_false_declaration_is_found() -> Checked {
    let lies: [fn(&mut Capabilities); 6] = [
        |declared| declared.key_beside_folder = false,
        |declared| declared.long_segments = false,
        |declared| declared.odd_keys = false,
        |declared| declared.new_etags = false,
        |declared| declared.presign = true,
        |declared| declared.persistent = true,
    ];
    for lie in lies {
        let (_, failed) = run_all(|inner| {
            let mut declared = inner.capabilities();
            lie(&mut declared);
            Wrapped::new(inner, declared)
        })
        .await?;
        assert!(failed.is_some());
    }
    Ok(())
}
