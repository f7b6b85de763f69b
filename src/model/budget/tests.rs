//! Sums that hold whatever calls come to, at whatever moment.

use std::future::{pending, ready};
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::model::{Ask, Message};
use crate::suite::{Role, made};

static SENT: AtomicBool = AtomicBool::new(true);
static UNSENT: AtomicBool = AtomicBool::new(false);

const DOLLAR: u64 = 1_000_000_000;

fn dollars(n: u64) -> Money {
    Money::from_nanos(n * DOLLAR)
}

fn budget(cap: u64) -> Arc<Budget> {
    Budget::new(dollars(cap), Stop::default())
}

/// A till whose calls can cost a dollar at most: 100,000 tokens written, and nothing for what is read.
fn till(budget: &Arc<Budget>) -> Till {
    let params = json!({"max_tokens": 100_000}).as_object().unwrap().clone();
    let prices = Prices { input: 0.0, output: 10.0, cached_input: None };
    Till { budget: Arc::clone(budget), prices: Some(prices), params, most_output: MOST_WITHOUT_LIMIT, around: 0 }
}

fn request() -> Request {
    let ask = Ask::Output { candidate: "v1".into(), case: "a".into(), sample: 0 };
    Request::new(ask, vec![Message { role: Role::User, content: "hi".to_string() }], None)
}

/// A reply of so many tokens.
fn reply(output_tokens: Option<u64>) -> Reply {
    Reply {
        usage: output_tokens.map(|output_tokens| Usage { output_tokens, ..Usage::default() }),
        ..Reply::of_text("")
    }
}

fn failed(kind: FailureKind) -> Result<Reply, Setback> {
    Err(Setback::of(Failure::new(kind, "no")))
}

fn ledger(budget: &Budget) -> (u64, u64, u64) {
    let Ledger { spent, unanswered, set_aside, .. } = *budget.ledger();
    (spent.nanos(), unanswered.nanos(), set_aside.nanos())
}

#[tokio::test]
async fn what_was_set_aside_is_settled_with_what_it_cost() {
    let budget = budget(10);
    let till = till(&budget);
    till.pay(&request(), &SENT, ready(Ok(reply(Some(30_000))))).await.unwrap();
    assert_eq!(ledger(&budget), (DOLLAR * 3 / 10, 0, 0));
    till.pay(&request(), &SENT, ready(Ok(reply(None)))).await.unwrap();
    assert_eq!(ledger(&budget).0, DOLLAR * 13 / 10, "who does not say counts as the most");
    assert_eq!(budget.words(), "the budget of $10.00 is used up: $1.30 is spent");
}

#[tokio::test]
async fn failures_and_calls_broken_off_before_they_are_sent_give_back_what_they_set_aside() {
    let budget = budget(10);
    let till = till(&budget);
    for kind in [FailureKind::RateLimited, FailureKind::Server, FailureKind::Connection, FailureKind::Stopped] {
        let _ = till.pay(&request(), &SENT, ready(failed(kind))).await;
    }
    assert_eq!(ledger(&budget), (0, 0, 0));
    // A call that is dropped while it waits for its turn.
    assert!(till.pay(&request(), &UNSENT, pending()).now_or_never().is_none());
    assert_eq!(ledger(&budget), (0, 0, 0));
    // What may have been billed counts: one that is dropped in the middle of it, too.
    assert!(till.pay(&request(), &SENT, pending()).now_or_never().is_none());
    assert_eq!(ledger(&budget), (DOLLAR, DOLLAR, 0));
    for kind in [FailureKind::Timeout, FailureKind::Unreadable, FailureKind::Limit] {
        let _ = till.pay(&request(), &SENT, ready(failed(kind))).await;
    }
    assert_eq!(ledger(&budget), (4 * DOLLAR, 4 * DOLLAR, 0));
    assert_eq!(
        budget.words(),
        "the budget of $10.00 is used up: $4.00 is spent, of which up to $4.00 on attempts that got no answer"
    );
}

#[tokio::test]
async fn a_call_that_fits_only_later_waits_for_those_in_flight() {
    let budget = budget(1);
    let till = till(&budget);
    let asked = request();
    let (finish, finished) = tokio::sync::oneshot::channel();
    let first = till.pay(&asked, &SENT, async {
        finished.await.unwrap();
        Ok(reply(Some(0)))
    });
    let second = till.pay(&asked, &SENT, ready(Ok(reply(Some(100_000)))));
    let (mut first, mut second) = (Box::pin(first), Box::pin(second));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(second.as_mut().now_or_never().is_none(), "a dollar is set aside, and none is left");
    assert!(!budget.stop.asked());
    finish.send(()).unwrap();
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(ledger(&budget), (DOLLAR, 0, 0));
    // Now there is nothing to wait for.
    let error = till.pay(&asked, &SENT, pending()).await.unwrap_err();
    assert_eq!(error.failure.kind, FailureKind::Stopped);
    let why = budget.stop.why().unwrap().to_string();
    assert_eq!(why, "the budget of $1.00 is used up: $1.00 is spent, and the next call can cost up to $1.00");
}

#[tokio::test]
async fn what_was_spent_before_counts() {
    let budget = budget(2);
    budget.count(dollars(2));
    assert!(till(&budget).pay(&request(), &SENT, ready(Ok(reply(Some(1))))).await.is_err());
    assert!(matches!(budget.stop.why(), Some(Why::BudgetSpent(_))));
}

#[tokio::test]
async fn who_waits_for_money_hears_the_wish_to_stop() {
    let budget = budget(1);
    let till = till(&budget);
    let asked = request();
    let mut first = Box::pin(till.pay(&asked, &SENT, pending()));
    assert!(first.as_mut().now_or_never().is_none());
    let mut second = Box::pin(till.pay(&asked, &SENT, pending()));
    assert!(second.as_mut().now_or_never().is_none());
    budget.stop.ask(Why::Interrupted);
    assert_eq!(second.await.unwrap_err().failure.kind, FailureKind::Stopped);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_never_pass_the_cap() {
    let budget = budget(20);
    let till = Arc::new(till(&budget));
    let spent = Arc::new(AtomicU64::new(0));
    let calls = (0..400_u64).map(|n| {
        let (till, spent) = (Arc::clone(&till), Arc::clone(&spent));
        tokio::spawn(async move {
            let tokens = n * 7919 % 100_001;
            let attempt = async {
                tokio::task::yield_now().await;
                spent.fetch_add(tokens * 10_000, Ordering::SeqCst);
                Ok(reply(Some(tokens)))
            };
            till.pay(&request(), &SENT, attempt).await.is_ok()
        })
    });
    let answered = join_all(calls).await.into_iter().filter(|done| *done.as_ref().unwrap()).count();
    let spent = spent.load(Ordering::SeqCst);
    assert_eq!(ledger(&budget), (spent, 0, 0));
    // Up to the last dollar, which no call could be sure to stay within.
    assert!(19 * DOLLAR < spent && spent <= 20 * DOLLAR, "{spent}");
    assert!((20..400).contains(&answered) && budget.stop.asked());
}

#[test]
fn the_most_counts_a_token_a_byte_the_tools_in_the_parameters_and_the_limit() {
    let most = |model: &str, default_limit| {
        let folder = made::Folder::new();
        folder.write("karat.yaml", &made::SUITE.replace("models:\n", &format!("models:\n  asked: {model}\n")));
        let till = Till::new(Some(&budget(1)), &folder.suite().models["asked"], default_limit)?;
        till.most(&request()).map(Money::nanos)
    };
    // `hi` has two bytes, and a message up to 32 tokens around it; `{}` has two, `{"max_tokens":7}` sixteen.
    let priced = |rest: &str| format!("{{provider: openai, model: m, prices: {{input: 1, output: 2}}{rest}}}");
    assert_eq!(most(&priced(""), None), Some((2 + 32 + 2) * 1000 + 16_384 * 2000));
    assert_eq!(most(&priced(""), Some(4096)), Some(36 * 1000 + 4096 * 2000));
    assert_eq!(most(&priced(", params: {max_tokens: 7}"), Some(4096)), Some((34 + 16) * 1000 + 7 * 2000));
    assert_eq!(most("{provider: openai, model: m}", None), None, "without a price there is nothing to count");
}

#[tokio::test]
async fn what_tells_its_cost_afterwards_is_not_asked_once_the_cap_is_reached() {
    let stop = Stop::default();
    let budget = Budget::new(dollars(2), stop.clone());
    let till = Till { prices: None, ..till(&budget) };
    let told = || ready(Ok(Reply { usd: Some(dollars(1)), ..Reply::of_text("") }));
    for _ in 0..2 {
        till.pay(&request(), &SENT, told()).await.unwrap();
    }
    assert!(!stop.asked(), "all that was asked for fitted");
    assert_eq!(till.pay(&request(), &SENT, told()).await.unwrap_err().failure.kind, FailureKind::Stopped);
    assert_eq!(stop.why().unwrap().to_string(), "the budget of $2.00 is used up: $2.00 is spent");
    assert!(Budget::new(dollars(0), Stop::default()).has_room(), "what costs nothing needs no budget");
}
