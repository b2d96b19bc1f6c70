//! Finds libslipstream: SLIPSTREAM_LIB_DIR, else pkg-config; or builds it (feature `vendored`).
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

/// The oldest library that has everything which these declarations name.
const VERSION_MIN: &str = "0.1.0";
const FILE: &str = "libslipstream.so";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=SLIPSTREAM_LIB_DIR");
    // Documentation is written without the library.
    if env::var_os("DOCS_RS").is_some() {
        return;
    }
    let named = env::var_os("SLIPSTREAM_LIB_DIR").filter(|folder| !folder.is_empty());
    if let Some(folder) = named {
        link_from(Path::new(&folder), "SLIPSTREAM_LIB_DIR names");
    } else if env::var_os("CARGO_FEATURE_VENDORED").is_some() {
        link_from(&build_from_tree(), "cmake has built");
    } else {
        probe();
    }
}

fn fail(sentence: &str) -> ! {
    eprintln!("slipstream-sys: {sentence}");
    exit(1);
}

fn link_from(folder: &Path, who: &str) {
    let file = folder.join(FILE);
    if !file.exists() {
        fail(&format!(
            "cannot link libslipstream: {who} {}, but there is no {} (build or install the \
             library first, or unset the variable)",
            folder.display(),
            file.display()
        ));
    }
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib=dylib=slipstream");
    println!("cargo:lib_dir={}", folder.display());
}

fn probe() {
    match pkg_config::Config::new().atleast_version(VERSION_MIN).probe("slipstream") {
        Ok(library) => {
            if let Some(folder) = library.link_paths.first() {
                println!("cargo:lib_dir={}", folder.display());
            }
        }
        Err(error) => fail(&format!(
            "cannot find libslipstream {VERSION_MIN} or later: pkg-config looked for slipstream.pc \
             in PKG_CONFIG_PATH ({}) and in its own folders. Install the library, or set \
             PKG_CONFIG_PATH to PREFIX/lib/pkgconfig, or SLIPSTREAM_LIB_DIR to the folder of {FILE}, \
             or use the feature \"vendored\" inside the library's source tree.\n{error}",
            env::var("PKG_CONFIG_PATH").unwrap_or_else(|_| "not set".into())
        )),
    }
}

/// The whole tree's release build, without command, tests and benchmarks. The shared library stays in
/// OUT_DIR, where `cargo run` and `cargo test` find it by themselves; who installs a program installs
/// the library beside it.
fn build_from_tree() -> PathBuf {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let root = manifest.join("../../..");
    if !root.join("include/slipstream.h").exists() {
        fail(&format!(
            "the feature \"vendored\" builds the source tree around this crate, but {} has no \
             include/slipstream.h",
            root.display()
        ));
    }
    for part in ["src", "include", "cmake", "CMakeLists.txt"] {
        println!("cargo:rerun-if-changed={}", root.join(part).display());
    }
    let build = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo")).join("build");
    run(Command::new("cmake").arg("-S").arg(&root).arg("-B").arg(&build).args([
        "-DCMAKE_BUILD_TYPE=Release",
        "-DSLIP_BUILD_CLI=OFF",
        "-DSLIP_BUILD_TESTS=OFF",
        "-DSLIP_BUILD_BENCH=OFF",
    ]));
    let jobs = env::var("NUM_JOBS").unwrap_or_else(|_| "1".into());
    run(Command::new("cmake").arg("--build").arg(&build).args([
        "--target",
        "slipstream",
        "--parallel",
        &jobs,
    ]));
    build.join("src")
}

fn run(command: &mut Command) {
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => fail(&format!("cannot build libslipstream: {command:?} ended with {status}")),
        Err(error) => fail(&format!(
            "cannot build libslipstream: {command:?} did not start: {error} (install cmake and a \
             C++17 compiler)"
        )),
    }
}
