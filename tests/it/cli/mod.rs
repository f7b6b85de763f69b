//! The program driven end to end, as a user would.
