//! Commands, endpoints and steps as candidates, with real processes and real sockets.

mod bots;
mod commands;
mod desk;
mod endpoints;
mod service;
mod steps;
