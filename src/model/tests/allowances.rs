//! Calls whose cases have a limit of time.

use super::*;

fn allowed(left: u64) -> Request {
    let left = Duration::from_millis(left);
    request().allowed(Some(Allowance { left, limit: 2 * left }))
}

#[tokio::test]
async fn a_call_has_its_time_from_when_it_is_sent_and_not_from_when_it_waits() {
    let server = server(vec![hello().set_delay(Duration::from_millis(250))]).await;
    let model = model(&server.uri(), json!({"max_concurrency": 1}));
    let (asked, begun) = (allowed(2000), Instant::now());
    let replies = futures_util::future::join_all((0..10).map(|_| model.ask_once(&asked))).await;
    assert!(begun.elapsed() > Duration::from_millis(2000), "the last one waits for longer than it may take");
    assert!(replies.iter().all(Result::is_ok), "{:?}", replies.iter().find(|reply| reply.is_err()));
}

#[tokio::test]
async fn a_call_that_takes_longer_is_the_limit_of_its_case_and_says_nothing_of_the_provider() {
    let server =
        server(vec![hello().set_delay(Duration::from_secs(60)); 9].into_iter().chain([hello()]).collect()).await;
    let model = model(&server.uri(), json!({"max_concurrency": 1, "patience": {"secs": 0, "nanos": 0}}));
    // Enough to open a breaker, and to halve a limit that the model has found for itself.
    for _ in 0..9 {
        let failed = model.ask_once(&allowed(50)).await.unwrap_err();
        assert_eq!(kinds(&failed.failures), [FailureKind::Limit], "not tried again");
        assert_eq!(failed.to_string(), "the case is at its limit of 100ms, and the call was broken off");
    }
    assert_eq!(model.ask_once(&request()).await.unwrap().text, "hello");
    assert_eq!(received(&server).await.len(), 10);
}
