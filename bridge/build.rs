//! Generates the C++ half of the bridges and compiles it into this crate's library.

use std::path::Path;

fn main() {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cpp/include");
    cxx_build::CFG.include_prefix = "tombolo-bridge";
    cxx_build::bridges([
        "src/crossing/ffi.rs",
        "src/crossing/diagnostics.rs",
        "src/crossing/errors.rs",
        "src/crossing/log/ffi.rs",
        "src/crossing/metrics/snapshot.rs",
        "src/crossing/options.rs",
        "src/crossing/handler/ffi.rs",
        "src/blob.rs",
        "src/identity.rs",
        "src/identity/credential.rs",
        "src/identity/verifier.rs",
        "src/secrets.rs",
    ])
    .include(&include)
    .std("c++17")
    .flag_if_supported("-fvisibility=hidden")
    .compile("tombolo-bridge-cxx");
    // For the build script of a crate with a core of its own: DEP_TOMBOLO_BRIDGE_INCLUDE.
    println!("cargo::metadata=include={}", include.display());
    println!("cargo::rerun-if-changed=src");
    for header in ["abi.hpp", "config.hpp"] {
        println!(
            "cargo::rerun-if-changed={}",
            include.join("tombolo/detail").join(header).display()
        );
    }
}
