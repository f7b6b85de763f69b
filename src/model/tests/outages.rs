//! Providers that are down, keys that are refused, and models that stand in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

/// Answers as `answer` says: how many requests came before, and whether it is up.
struct Manner<F>(F);

impl<F: Fn() -> ResponseTemplate + Send + Sync> wiremock::Respond for Manner<F> {
    fn respond(&self, _: &Received) -> ResponseTemplate {
        (self.0)()
    }
}

async fn behaving(answer: impl Fn() -> ResponseTemplate + Send + Sync + 'static) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(Manner(answer)).mount(&server).await;
    server
}

fn named(answered: &str) -> ResponseTemplate {
    completion(json!({"content": answered}), "stop")
}

#[tokio::test]
async fn an_outage_costs_no_request_its_answer_and_few_are_sent_meanwhile() {
    let (up, while_down) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let (is_up, counted) = (up.clone(), while_down.clone());
    let server = behaving(move || {
        if is_up.load(Ordering::SeqCst) {
            return hello();
        }
        counted.fetch_add(1, Ordering::SeqCst);
        ResponseTemplate::new(500)
    })
    .await;
    // Two attempts each: the outage would cost every request its answer if trying it out were one.
    let model = model(&server.uri(), json!({"max_attempts": 2, "max_concurrency": 8}));
    model.ask_once(&request()).await.unwrap();
    up.store(false, Ordering::SeqCst);
    let back = async {
        tokio::time::sleep(Duration::from_millis(1200)).await;
        up.store(true, Ordering::SeqCst);
    };
    let asked = request();
    let calls = futures_util::future::join_all((0..40).map(|_| model.ask_once(&asked)));
    let (replies, ()) = futures_util::future::join(calls, back).await;
    assert!(replies.iter().all(Result::is_ok), "{:?}", replies.iter().find(|reply| reply.is_err()));
    // Those in flight when it went down, and one that tried at 500 ms.
    let sent = while_down.load(Ordering::SeqCst);
    assert!((4..=12).contains(&sent), "{sent} requests were sent to a server that was down");
}

#[tokio::test]
async fn an_outage_of_one_provider_leaves_the_others_alone() {
    let down = behaving(|| ResponseTemplate::new(503)).await;
    let up = behaving(hello).await;
    let patience = json!({"secs": 1, "nanos": 0});
    let specs = json!({
        "down": {"base_url": down.uri(), "patience": patience}, "same": {"base_url": down.uri(), "patience": patience},
        "up": {"base_url": up.uri()},
    });
    let models = models(specs, Flags { max_concurrency: Some(4), ..Flags::default() });
    let of = |name: &str| models.get(&name.into()).unwrap().clone();
    let (asked, begun) = (request(), Instant::now());
    let failing = [of("down"), of("same")];
    let lost = async {
        let lost = futures_util::future::join_all((0..40).map(|n| failing[n % 2].ask_once(&asked))).await;
        (lost, begun.elapsed())
    };
    let fine = async {
        let up = of("up");
        let replies = futures_util::future::join_all((0..40).map(|_| up.ask_once(&asked))).await;
        (replies.iter().all(Result::is_ok), begun.elapsed())
    };
    let ((lost, was_lost), (all_answered, took)) = futures_util::future::join(lost, fine).await;
    assert!(all_answered && took < was_lost, "the others wait for nobody: {took:?} and {was_lost:?}");
    for failed in lost {
        let last = failed.unwrap_err().failures.pop().unwrap();
        assert_eq!(last.kind, FailureKind::ProviderOut);
        assert!(last.message.starts_with(&format!("{} is out: it has not answered for ", down.uri())), "{last}");
    }
    // Once it is out, nothing is waited for any more.
    let begun = Instant::now();
    assert_eq!(kinds(&of("same").ask_once(&asked).await.unwrap_err().failures), [FailureKind::ProviderOut]);
    assert!(begun.elapsed() < Duration::from_secs(1), "which is its patience");
}

#[tokio::test]
async fn a_request_that_no_server_can_answer_is_no_outage() {
    let server = behaving(|| ResponseTemplate::new(500)).await;
    let model = model(&server.uri(), json!({"max_attempts": 6}));
    assert_eq!(kinds(&model.ask_once(&request()).await.unwrap_err().failures), [FailureKind::Server; 6]);
}

#[tokio::test]
async fn a_key_that_is_refused_is_asked_for_a_few_times_and_seen_nowhere() {
    let echo = format!("no such key: {KEY}");
    let server = behaving(move || ResponseTemplate::new(401).set_body_string(&echo)).await;
    let model = model(&server.uri(), json!({}));
    let asked = request();
    let replies = futures_util::future::join_all((0..60).map(|_| model.ask_once(&asked))).await;
    assert_eq!(received(&server).await.len(), 3);
    let mut outs = 0;
    for reply in replies {
        let failed = reply.unwrap_err();
        let shown = format!("{failed} {failed:?}");
        assert!(!shown.contains(&KEY[..7]) && !shown.contains(&KEY[8..16]), "{shown}");
        outs += usize::from(failed.last().unwrap().kind == FailureKind::ProviderOut);
    }
    assert!(outs >= 58, "only the first may end before it is known: {outs}");
}

#[tokio::test]
async fn another_model_answers_where_one_fails_for_good_and_the_reply_says_so() {
    let down = behaving(|| ResponseTemplate::new(500)).await;
    let up = behaving(|| named("instead")).await;
    let specs = json!({
        "first": {"base_url": down.uri(), "max_attempts": 1, "fallback": "second"},
        "second": {"base_url": down.uri(), "max_attempts": 1, "fallback": "third"},
        "third": {"base_url": up.uri()},
    });
    let models = models(specs, Flags::default());
    let reply = models.get(&"first".into()).unwrap().ask_once(&request()).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.fallback), ("instead", Some("third".into())));
    assert_eq!(kinds(&reply.retried), [FailureKind::Server; 2]);
    let own = models.get(&"third".into()).unwrap().ask_once(&request()).await.unwrap();
    assert_eq!(own.fallback, None);
}

#[tokio::test]
async fn a_mistake_is_no_reason_to_ask_another_model() {
    let up = behaving(|| named("instead")).await;
    for (status, body) in [(400, "the context is too long"), (404, "no such model"), (401, "no such key")] {
        let server = behaving(move || ResponseTemplate::new(status).set_body_string(body)).await;
        let specs =
            json!({"first": {"base_url": server.uri(), "fallback": "second"}, "second": {"base_url": up.uri()}});
        let models = models(specs, Flags::default());
        assert!(models.get(&"first".into()).unwrap().ask_once(&request()).await.is_err(), "{status}");
    }
    let server = behaving(|| completion(json!({"refusal": "I will not."}), "stop")).await;
    let specs = json!({"first": {"base_url": server.uri(), "fallback": "second"}, "second": {"base_url": up.uri()}});
    let models = models(specs, Flags::default());
    assert_eq!(models.get(&"first".into()).unwrap().ask_once(&request()).await.unwrap().finish, Finish::Refusal);
    assert!(received(&up).await.is_empty());
}

#[tokio::test]
async fn what_is_left_of_a_limit_sets_the_pace() {
    let spent = || {
        let left = hello().insert_header("x-ratelimit-limit-requests", "10");
        left.insert_header("x-ratelimit-remaining-requests", "0").insert_header("x-ratelimit-reset-requests", "1s")
    };
    let server = behaving(spent).await;
    let model = model(&server.uri(), json!({}));
    let begun = Instant::now();
    for _ in 0..3 {
        model.ask_once(&request()).await.unwrap();
    }
    assert!(begun.elapsed() >= Duration::from_millis(190), "one comes back in 100 ms");
}
