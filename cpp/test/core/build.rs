//! Generates and compiles the C++ half of the test bridges.

fn main() -> Result<(), std::env::VarError> {
    let include = std::env::var("DEP_TOMBOLO_BRIDGE_INCLUDE")?;
    cxx_build::bridges([
        "src/lib.rs",
        "src/bombs.rs",
        "src/fallible.rs",
        "src/handlers.rs",
        "src/handles.rs",
        "src/logs.rs",
        "src/probes.rs",
        "src/runtimes.rs",
        "src/spans.rs",
    ])
    .include(include)
    .std("c++17")
    .compile("tombolo-test-core-cxx");
    println!("cargo::rerun-if-changed=src");
    Ok(())
}
