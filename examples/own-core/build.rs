//! Generates and compiles the C++ half of the bridge.

fn main() -> Result<(), std::env::VarError> {
    let tombolo = std::env::var("DEP_TOMBOLO_BRIDGE_INCLUDE")?;
    cxx_build::bridge("src/lib.rs").include(tombolo).std("c++17").compile("rates-cxx");
    println!("cargo::rerun-if-changed=src/lib.rs");
    Ok(())
}
