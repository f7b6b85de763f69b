//! Servers that do what no HTTP library lets them do.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Hands each connection to `serve`, on a thread of its own; the address.
fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Reads until the request is there as a whole: these are short, and their body ends with `}`.
fn read_request(stream: &mut TcpStream) -> bool {
    let (mut all, mut some) = (Vec::new(), [0; 4096]);
    while !all.ends_with(b"}") {
        match stream.read(&mut some) {
            Ok(n) if n > 0 => all.extend_from_slice(&some[..n]),
            _ => return false,
        }
    }
    true
}

/// In one write: a second small one would wait for the first to be acknowledged.
fn reply_with(stream: &mut TcpStream, body: &str) {
    let whole = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let _ = stream.write_all(whole.as_bytes());
}

#[tokio::test]
async fn a_server_that_never_answers_is_a_timeout() {
    let address = listen(|mut stream| {
        read_request(&mut stream);
        std::thread::sleep(Duration::from_secs(2));
    });
    let spec = json!({"timeout": {"secs": 0, "nanos": 60_000_000}, "max_attempts": 2});
    let failed = model(&address, spec).ask_once(&request()).await.unwrap_err();
    assert_eq!(kinds(&failed.failures), [FailureKind::Timeout; 2]);
    assert_eq!(failed.failures[0].message, format!("no whole reply from {address}/chat/completions within 60ms"));
}

#[tokio::test]
async fn a_body_that_stops_coming_is_a_timeout_too() {
    let address = listen(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"choices\"");
        std::thread::sleep(Duration::from_secs(2));
    });
    let spec = json!({"timeout": {"secs": 0, "nanos": 60_000_000}, "max_attempts": 1});
    let failed = model(&address, spec).ask_once(&request()).await.unwrap_err();
    assert_eq!(kinds(&failed.failures), [FailureKind::Timeout]);
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again() {
    let served = AtomicUsize::new(0);
    let address = listen(move |mut stream| {
        read_request(&mut stream);
        match served.fetch_add(1, Ordering::SeqCst) {
            0 => {}
            1 => drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"choices\"")),
            2 => drop(stream.write_all(b"what?\r\n\r\n")),
            _ => {
                let body = "{\"choices\":[{\"message\":{\"content\":\"hello\"}}]}";
                reply_with(&mut stream, body);
            }
        }
    });
    let reply = model(&address, json!({})).ask_once(&request()).await.unwrap();
    assert_eq!((reply.text.as_str(), kinds(&reply.retried)), ("hello", vec![FailureKind::Connection; 3]));
    let expected = format!("the connection to {address}/chat/completions broke: ");
    assert!(reply.retried.iter().all(|failure| failure.message.starts_with(&expected)), "{:?}", reply.retried);
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let failed = model(&address, json!({"query": {"key": "${KEY}"}, "patience": {"secs": 0, "nanos": 600_000_000}}));
    let failed = failed.ask_once(&request()).await.unwrap_err();
    let (last, before) = failed.failures.split_last().unwrap();
    assert!(before.len() >= 4 && before.iter().all(|failure| failure.kind == FailureKind::Connection), "{failed:?}");
    let expected =
        format!("{address} is out: it has not answered for 1 s (no connection to {address}/chat/completions: ");
    assert_eq!(last.kind, FailureKind::ProviderOut);
    assert!(last.message.starts_with(&expected), "{last}");
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let address = listen(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        let block = vec![b' '; 1 << 20];
        while stream.write_all(&block).is_ok() {}
    });
    let failed = model(&address, json!({"max_attempts": 1})).ask_once(&request()).await.unwrap_err();
    assert_eq!(failed.to_string(), format!("more than 32 MiB from {address}/chat/completions"));
}

#[tokio::test]
async fn no_more_requests_are_in_flight_than_the_model_and_the_flag_allow() {
    let (in_flight, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let address = listen(move |mut stream| {
        while read_request(&mut stream) {
            most.fetch_max(in_flight.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(4));
            in_flight.fetch_sub(1, Ordering::SeqCst);
            let body = "{\"choices\":[{\"message\":{\"content\":\"hello\"}}]}";
            reply_with(&mut stream, body);
        }
    });
    let narrow = json!({"base_url": address, "max_concurrency": 2});
    let specs = json!({"narrow": narrow, "wide": {"base_url": address}});
    let models = models(specs, Flags { max_concurrency: Some(5), ..Flags::default() });
    let request = request();
    for (names, allowed) in [(["narrow", "narrow"], 2), (["narrow", "wide"], 5)] {
        seen.store(0, Ordering::SeqCst);
        let calls = (0..40).map(|n| models.get(&names[n % 2].into()).unwrap().ask_once(&request));
        let replies = futures_util::future::join_all(calls).await;
        assert!(replies.iter().all(Result::is_ok));
        assert!((2..=allowed).contains(&seen.load(Ordering::SeqCst)), "{seen:?} of {allowed}");
    }
}
