//! Generates and compiles the C++ half of the benches' bridges.

fn main() -> Result<(), std::env::VarError> {
    let include = std::env::var("DEP_TOMBOLO_BRIDGE_INCLUDE")?;
    cxx_build::bridges([
        "src/blobs.rs",
        "src/data.rs",
        "src/driver.rs",
        "src/floor.rs",
        "src/operations.rs",
        "src/promise.rs",
        "src/sync.rs",
    ])
    .include(include)
    .include("cpp")
    .std("c++17")
    .compile("tombolo-benches-cxx");
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=cpp");
    Ok(())
}
