//! The rules of the house: which folder may use which.
