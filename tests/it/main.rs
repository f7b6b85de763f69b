//! The one integration binary: real data, the program driven end to end, and the rules of the house.

mod cli;
mod house;
mod real;
