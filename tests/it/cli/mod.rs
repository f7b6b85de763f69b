//! The program driven end to end, as a user would: its output, its files and its exit codes.

mod audit;
mod budget;
mod cache;
mod decisions;
mod errors;
mod exec;
mod faults;
mod guards;
mod judge;
mod mock;
mod outages;
mod pipelines;
mod planning;
mod project;
mod remote;
mod resume;
mod retrieve;
mod rules;
mod sequential;
mod server;
mod several;
mod shipped;
mod similar;
mod stored;
mod surroundings;
mod tasks;
