//! The program driven end to end, as a user would: its output, its files and its exit codes.

mod decisions;
mod project;
mod shipped;
