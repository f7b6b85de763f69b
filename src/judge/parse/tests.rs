//! Replies written for the tests, one a trap.
