//! Prints the table of blob cases as the C++ source `blob_cases.inc`.

use std::io::Write;

use tombolo_testkit::blob::{cases, cpp_source};

fn main() -> std::io::Result<()> {
    std::io::stdout().lock().write_all(cpp_source(&cases()).as_bytes())
}
