//! Compiles the C++ half of the bench and what it shares with the other rivals.

use std::env::{var, VarError};

fn main() -> Result<(), VarError> {
    let sources = [
        "cpp/bench.cpp",
        "cpp/loop.cpp",
        "../common/figures.cpp",
        "../common/hops.cpp",
        "../common/options.cpp",
    ];
    cxx_build::bridge("src/main.rs")
        .files(sources)
        .include(".")
        .include("..")
        .include(var("DEP_CXX_ASYNC_INCLUDE")?)
        .std("c++20")
        // The crate's macro makes one.
        .flag("-Wno-ignored-qualifiers")
        .compile("rival-cxx-async");
    println!("cargo:rerun-if-changed=cpp");
    println!("cargo:rerun-if-changed=../common");
    Ok(())
}
