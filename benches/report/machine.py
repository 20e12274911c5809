"""What a record tells of the machine and of what was built. No names of hosts or users, no paths."""

import os
import pathlib
import platform
import re
import subprocess


def first_line(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[0]


def field(path, key):
    found = re.search(rf"^{key}\s*[:=]\s*\"?([^\"\n]+)", pathlib.Path(path).read_text(), re.M)
    return found[1].strip() if found else "not known"


def hypervisor():
    """Which, as lscpu knows it; "none" where there is none to be seen."""
    said = subprocess.run(["lscpu"], check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout
    found = re.search(r"^Hypervisor vendor:\s+(.+)$", said, re.M)
    return found[1] if found else "none"


def locked(root, crate):
    """The version that Cargo.lock fixes."""
    return re.search(rf'name = "{crate}"\nversion = "([^"]+)"', (root / "Cargo.lock").read_text())[1]


def version_of_compiler(build):
    """The C++ compiler that CMake has found for this build folder."""
    compiler = re.search(r"^CMAKE_CXX_COMPILER:[A-Z]+=(.+)$", (build / "CMakeCache.txt").read_text(), re.M)[1]
    return first_line(compiler, "--version")


def describe(root, build, folder):
    """Of the sources in `root`, what is built of them in `build`, and the folder where stores are measured."""
    memory = int(field("/proc/meminfo", "MemTotal").split()[0])
    return {
        "cpu": field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "hypervisor": hypervisor(),
        "memory": f"{memory / (1 << 20):.0f} GiB",
        "kernel": platform.release().split("-")[0],
        "distribution": field("/etc/os-release", "PRETTY_NAME"),
        "file system": first_line("findmnt", "--noheadings", "--output", "FSTYPE", "--target", folder),
        "build": "preset dev (-O2, line tables), cargo's profile release; the service and the footprint as CMake's Release",
        "rustc": first_line("rustc", "-V").split()[1],
        "c++": version_of_compiler(build),
        "valgrind": first_line("valgrind", "--version").removeprefix("valgrind-"),
        "tokio": locked(root, "tokio"),
        "cxx": locked(root, "cxx"),
    }
