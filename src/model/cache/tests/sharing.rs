//! Who asks, who waits, and what later runs find.

use std::time::Duration;

use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn a_later_run_finds_the_reply_and_not_what_went_wrong_before_it() {
    let (folder, asked) = (Folder::new(), Asked::default());
    let cache = folder.cache();
    let first = memory(&cache).answer(&output("hi", 0), || asked.reply()).await.unwrap();
    assert!(!first.cached && first.retried.len() == 1);
    assert_eq!(cache.close(), [] as [&str; 0]);
    let cache = folder.cache();
    let second = memory(&cache).answer(&output("hi", 0), || asked.reply()).await.unwrap();
    assert_eq!(second, Reply { retried: Vec::new(), cached: true, ..first });
    assert_eq!(memory(&cache).recall(&output("hi", 0)), Some(second));
    assert_eq!(asked.count(), 1);
}

#[tokio::test]
async fn repeats_never_share_a_reply() {
    let (folder, asked) = (Folder::new(), Asked::default());
    let memory = memory(&folder.cache());
    let mut texts = Vec::new();
    for _ in 0..2 {
        for sample in 0..3 {
            texts.push(memory.answer(&output("hi", sample), || asked.reply()).await.unwrap().text);
        }
    }
    assert_eq!(texts, ["answer 0", "answer 1", "answer 2", "answer 0", "answer 1", "answer 2"]);
}

#[tokio::test]
async fn a_refresh_asks_once_and_replaces_what_was_there() {
    let folder = Folder::new();
    let cache = folder.cache();
    ask(&memory(&cache), &output("hi", 0), "old").await;
    cache.close();
    std::thread::sleep(Duration::from_millis(5));
    let cache = folder.open(CacheSpec::default(), CacheUse::Refresh).unwrap();
    assert_eq!(ask(&memory(&cache), &output("hi", 0), "new").await, Reply::of_text("new"));
    // Once the file has it, the same run finds it there.
    let begun = std::time::Instant::now();
    while memory(&cache).recall(&output("hi", 0)).is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the file is written");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(ask(&memory(&cache), &output("hi", 0), "newer").await.cached);
    cache.close();
    assert_eq!(ask(&memory(&folder.cache()), &output("hi", 0), "x").await.text, "new");
}

#[tokio::test]
async fn what_is_too_old_is_asked_for_again() {
    let folder = Folder::new();
    let cache = folder.cache();
    ask(&memory(&cache), &output("hi", 0), "old").await;
    cache.close();
    let limits = |age| CacheSpec { max_age: Some(age), ..CacheSpec::default() };
    let cache = folder.open(limits(Duration::from_secs(60)), CacheUse::ReadAndWrite).unwrap();
    assert_eq!(ask(&memory(&cache), &output("hi", 0), "new").await.text, "old");
    cache.close();
    std::thread::sleep(Duration::from_millis(20));
    let cache = folder.open(limits(Duration::from_millis(10)), CacheUse::ReadAndWrite).unwrap();
    assert_eq!(ask(&memory(&cache), &output("hi", 0), "new").await.text, "new");
}

#[tokio::test]
async fn of_the_same_requests_at_once_one_is_asked() {
    let (folder, asked) = (Folder::new(), Asked::default());
    let memory = memory(&folder.cache());
    let request = output("hi", 0);
    let replies = join_all((0..10).map(|_| memory.answer(&request, || asked.reply()))).await;
    let replies: Vec<Reply> = replies.into_iter().map(Result::unwrap).collect();
    assert_eq!(asked.count(), 1);
    assert!(replies.iter().all(|reply| reply.text == "answer 0"));
    assert_eq!(replies.iter().filter(|reply| !reply.cached).count(), 1, "one was paid for");
    assert!(replies.iter().filter(|reply| reply.cached).all(|reply| reply.retried.is_empty()));
}

#[tokio::test]
async fn a_failure_is_his_who_asked_and_the_next_one_asks_himself() {
    let (folder, asked) = (Folder::new(), Asked::default());
    let cache = folder.cache();
    let memory = memory(&cache);
    let request = output("hi", 0);
    let fail_twice = || async {
        let reply = asked.reply().await?;
        match reply.text.as_str() {
            "answer 0" | "answer 1" => Err(Failed::from(Failure::new(FailureKind::Server, "500"))),
            _ => Ok(reply),
        }
    };
    let answers = join_all((0..5).map(|_| memory.answer(&request, fail_twice))).await;
    assert_eq!(asked.count(), 3);
    assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 2);
    assert!(answers.iter().flatten().all(|reply| reply.text == "answer 2"));
    cache.close();
    let again = folder.cache();
    assert_eq!(Cache::stats(&folder.path()).unwrap().unwrap().entries, 1, "failures are not stored");
    drop(again);
}

#[tokio::test]
async fn one_who_gives_up_leaves_the_others_to_ask() {
    let (folder, asked) = (Folder::new(), Asked::default());
    let memory = Arc::new(memory(&folder.cache()));
    let leader = {
        let memory = Arc::clone(&memory);
        tokio::spawn(
            async move { memory.answer(&output("hi", 0), std::future::pending::<Result<Reply, Failed>>).await },
        )
    };
    tokio::task::yield_now().await;
    let request = output("hi", 0);
    let waiting = memory.answer(&request, || asked.reply());
    let (reply, ()) = tokio::join!(waiting, async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(asked.count(), 0, "it waits for the first");
        leader.abort();
    });
    assert_eq!((reply.unwrap().text.as_str(), asked.count()), ("answer 0", 1));
}

#[tokio::test]
async fn two_caches_on_one_file_see_what_the_other_has_written() {
    let folder = Folder::new();
    let (one, two) = (folder.cache(), folder.cache());
    ask(&memory(&one), &output("hi", 0), "one").await;
    one.close();
    assert_eq!(ask(&memory(&two), &output("hi", 0), "two").await.text, "one");
    for n in 0..50 {
        ask(&memory(&two), &output(&format!("question {n}"), 0), "two").await;
    }
    assert_eq!(two.close(), [] as [&str; 0]);
    // A reader in the middle of finding replies finds new ones too, and keeps nobody from making the file smaller.
    let (one, two) = (folder.cache(), folder.cache());
    assert!(memory(&one).recall(&output("hi", 0)).is_some());
    ask(&memory(&two), &output("a new question", 0), "two").await;
    two.close();
    assert!(memory(&one).recall(&output("a new question", 0)).is_some());
    let begun = std::time::Instant::now();
    let limits = CacheSpec { max_age: None, max_size: 1 };
    assert_eq!(Cache::prune(&folder.path(), &limits).unwrap().unwrap().unused, 52);
    assert!(begun.elapsed() < Duration::from_secs(5));
    ask(&memory(&one), &output("a last question", 0), "one").await;
    one.close();
    assert_eq!(Cache::stats(&folder.path()).unwrap().unwrap().entries, 1);
}
