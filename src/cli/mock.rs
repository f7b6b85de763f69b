//! `karat mock`: a stand-in for a model server, until Ctrl-C.

use std::ops::Range;
use std::time::Duration;

use super::Outcome;
use super::args::MockArgs;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::session::mistake;
use crate::mock::{Server, Settings};
use crate::suite::{TIME, duration};

/// Serves until Ctrl-C, and tells then what was asked.
///
/// # Errors
/// Faults that befall more than every request; a port that is taken.
pub fn mock(context: &Context, args: MockArgs) -> Outcome {
    let shares: f64 = args.fault.iter().map(|one| one.share).sum();
    if shares > 1.0 {
        return Err(mistake(
            format!("the shares of `--fault` add up to {shares}"),
            "a request has one fault at most, so they add up to 1 at most",
        ));
    }
    let port = args.port;
    let server = Server::start(Settings {
        port,
        seed: args.seed,
        latency: args.latency,
        sigma: args.latency_sigma,
        faults: args.fault,
        retry_after: args.retry_after,
        outage: args.outage,
        scores: args.score,
        vary: args.vary,
    })
    .map_err(|error| mistake(format!("cannot listen on port {port}: {error}"), "`--port 0` takes a free one"))?;
    context.print(&format!("listening on {}\n", server.url()))?;
    context.note("replies are made up; Ctrl-C ends it");
    wait().map_err(|source| Failure::Io { action: "wait for", path: "Ctrl-C".to_string(), source })?;
    let stats = server.stats();
    context.print(&format!(
        "\n{} requests, {} replies, at most {} at once\n",
        stats.total, stats.replies, stats.most_in_flight
    ))?;
    Ok(Exit::Done)
}

/// Waits for Ctrl-C.
fn wait() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c())
}

/// A time with its unit, or none.
pub fn time(text: &str) -> Result<Duration, String> {
    match text {
        "0" | "0s" | "0ms" => Ok(Duration::ZERO),
        _ => duration(text).ok_or_else(|| format!("expected {TIME}, or 0")),
    }
}

/// How far a latency varies.
pub fn sigma(text: &str) -> Result<f64, String> {
    let sigma = text.parse().ok().filter(|sigma| (0.0..=5.0).contains(sigma));
    sigma.ok_or_else(|| "expected a number from 0 to 5".to_string())
}

/// A time between two others, as in `5s..15s`.
pub fn outage(text: &str) -> Result<Range<Duration>, String> {
    let (from, to) = text.split_once("..").ok_or("expected two times, as in `5s..15s`")?;
    let outage = time(from)?..time(to)?;
    if outage.is_empty() { Err("it ends before it begins".to_string()) } else { Ok(outage) }
}

/// One score, or the first and the last of several, as in `1..5`.
pub fn scores(text: &str) -> Result<(i64, i64), String> {
    let number = |text: &str| text.parse::<i64>().map_err(|_| format!("`{text}` is no whole number"));
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let (from, to) = (number(from)?, number(to)?);
    if from > to { Err(format!("{from} is above {to}")) } else { Ok((from, to)) }
}
