//! Generates and compiles the C++ half of the bridge.

fn main() -> Result<(), std::env::VarError> {
    let include = std::env::var("DEP_TOMBOLO_BRIDGE_INCLUDE")?;
    cxx_build::bridge("src/lib.rs")
        .include(include)
        .std("c++17")
        .flag_if_supported("-fvisibility=hidden")
        .compile("tombolo-testing-cxx");
    println!("cargo::rerun-if-changed=src");
    Ok(())
}
