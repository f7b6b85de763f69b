//! The `karat` program: everything it does is in the library's [`karat::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    karat::cli::main()
}
