//! Prints the table of cases for secrets as the C++ source `secret_cases.inc`.

use std::io::Write;

use tombolo_testkit::secrets::{cases, cpp_source};

fn main() -> std::io::Result<()> {
    std::io::stdout().lock().write_all(cpp_source(&cases()).as_bytes())
}
