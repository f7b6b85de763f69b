//! The stand-in against karat's own requests and readers: what it says is read, and the same request hears the same.

use std::time::Duration;

use serde_json::{Value, json};

use super::draw::Draws;
use super::text::{Wanted, text};
use super::{Fault, FaultShare, Server, Settings};

/// A request, to the path after the root.
async fn post(server: &Server, path: &str, body: &Value) -> Result<(u16, String), reqwest::Error> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_millis(400)).build().unwrap();
    let sent = client.post(format!("{}{path}", server.url())).header("authorization", "Bearer sk-1");
    let response = sent.body(body.to_string()).send().await?;
    Ok((response.status().as_u16(), response.text().await?))
}

fn said(words: &str) -> Value {
    json!({"model": "writer", "messages": [{"role": "user", "content": words}]})
}

/// The texts of replies to the same words, asked so many times.
async fn replies(settings: Settings, words: &str, times: usize) -> Vec<String> {
    let server = Server::start(settings).unwrap();
    let mut texts = Vec::new();
    for _ in 0..times {
        let (status, body) = post(&server, "/chat/completions", &said(words)).await.unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, body["model"].as_str()), (200, Some("mock-writer")));
        assert!(body["usage"]["prompt_tokens"].as_u64().unwrap() > 10);
        texts.push(body["choices"][0]["message"]["content"].as_str().unwrap().to_string());
    }
    assert_eq!(server.stats().repeated.len(), usize::from(times > 1));
    let (key, asked) = server.asked().pop_first().unwrap();
    assert_eq!((asked.asked as usize, asked.answered as usize), (times, times));
    assert!(texts.iter().all(|text| text.starts_with(&format!("mock reply {key}: "))), "{texts:?}");
    texts
}

#[tokio::test]
async fn the_same_request_and_seed_hear_the_same() {
    let plain = replies(Settings::default(), "hello", 3).await;
    assert_eq!(plain[0], plain[1]);
    assert_eq!(plain, replies(Settings::default(), "hello", 3).await);
    assert_ne!(plain[0], replies(Settings::default(), "hallo", 1).await[0]);
    assert_ne!(plain[0], replies(Settings { seed: 7, ..Settings::default() }, "hello", 1).await[0]);
    let varied = replies(Settings { vary: true, ..Settings::default() }, "hello", 2).await;
    assert_eq!(plain[0], varied[0], "only what is asked again varies");
    assert_ne!(varied[0], varied[1]);
    assert_eq!(varied, replies(Settings { vary: true, ..Settings::default() }, "hello", 2).await);
}

#[tokio::test]
async fn an_answer_meets_the_schema_of_each_format() {
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["reasoning", "score", "preference", "failure"],
        "properties": {
            "reasoning": {"type": "string"},
            "score": {"type": "integer", "minimum": 2, "maximum": 4},
            "preference": {"type": "string", "enum": ["A", "B", "tie"]},
            "failure": {"type": ["string", "null"], "enum": ["wrong", null]},
        },
    });
    let formats = [
        (
            "/chat/completions",
            json!({"response_format": {"json_schema": {"schema": schema}}}),
            "/choices/0/message/content",
        ),
        ("/responses", json!({"text": {"format": {"schema": schema}}}), "/output/0/content/0/text"),
        ("/messages", json!({"output_config": {"format": {"schema": schema}}}), "/content/0/text"),
        (
            "/models/m:generateContent",
            json!({"generationConfig": {"responseJsonSchema": schema}}),
            "/candidates/0/content/parts/0/text",
        ),
    ];
    let validator = jsonschema::validator_for(&schema).unwrap();
    let server = Server::start(Settings::default()).unwrap();
    for (path, asking, place) in formats {
        let (_, body) = post(&server, path, &asking).await.unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        let verdict: Value = serde_json::from_str(body.pointer(place).unwrap().as_str().unwrap()).unwrap();
        assert!(validator.is_valid(&verdict), "{path}: {verdict}");
        assert_eq!(verdict.as_object().unwrap().keys().next().unwrap(), "reasoning", "reasons come first");
    }
    assert_eq!(server.stats().answers.len(), 4);
}

#[test]
fn every_form_of_verdict_is_spoken() {
    let spoken = |asked: &str| {
        let mut draws = Draws::new(0, "reply", &blake3::hash(asked.as_bytes()), 0);
        let text = text(&Wanted { body: asked, schema: None, scores: (1, 5) }, "0", &mut draws);
        text.split_once("judged this.\n").unwrap_or_else(|| panic!("{text}")).1.to_string()
    };
    let matches = |pattern: &str, text: &str| assert!(regex::Regex::new(pattern).unwrap().is_match(text), "{text}");
    matches(r"^\[\[[ABC]\]\]$", &spoken("that holds [[A]] where Answer A is better, [[B]] where …"));
    matches(r"^\[\[(poor|good)\]\]$", &spoken("Then end with a line that holds one of [[poor]], [[good]]."));
    matches(r"^\[\[[789]\]\]$", &spoken("your score in double square brackets, [[<score>]]: a number from 7 to 9."));
    matches(r"^Therefore, Output \([ab]\) is better\.$", &spoken("Therefore, Output (a) is better.\\nTherefore, …"));
    matches("^Rating: [01]$", &spoken("where <rating> is a number from 0 (Answer B is better) to 1:"));
    matches("^Rating: (poor|good)$", &spoken("where <rating> is one of poor, good, from worst to best:\\n"));
}

async fn with_fault(fault: &str) -> (Server, Result<(u16, String), reqwest::Error>) {
    let faults = vec![format!("{fault}=1").parse().unwrap()];
    let server = Server::start(Settings { faults, ..Settings::default() }).unwrap();
    let answer = post(&server, "/chat/completions", &said("hello")).await;
    (server, answer)
}

#[tokio::test]
async fn each_fault_is_what_its_name_says() {
    assert_eq!(with_fault("429").await.1.unwrap().0, 429);
    assert_eq!(with_fault("500").await.1.unwrap().0, 500);
    assert_eq!(with_fault("garbage").await.1.unwrap(), (200, "<html>mock reply: this is not JSON</html>".to_string()));
    let (status, echoed) = with_fault("echo").await.1.unwrap();
    assert!(status == 500 && echoed.contains("authorization: Bearer sk-1"), "{echoed}");
    assert!(with_fault("hang").await.1.unwrap_err().is_timeout());
    let (server, answer) = with_fault("hangup").await;
    assert!(!answer.unwrap_err().is_timeout());
    let stats = server.stats();
    assert_eq!((stats.total, stats.replies, stats.in_flight), (1, 0, 0));
    assert_eq!(stats.answers["/chat/completions"]["none"], 1);
    for wrong in ["300=0.1", "garbage", "slow=1", "429=2", "429=x"] {
        assert!(wrong.parse::<FaultShare>().is_err(), "{wrong}");
    }
}

#[test]
fn faults_come_as_often_as_was_asked() {
    let faults: Vec<FaultShare> = ["429=0.1", "hang=0.02"].map(|one| one.parse().unwrap()).to_vec();
    let mut counts = [0, 0, 0];
    for nth in 0..10_000 {
        match Fault::drawn(&faults, &mut Draws::new(1, "fault", &blake3::hash(b"x"), nth)) {
            Some(Fault::Status(429)) => counts[0] += 1,
            Some(_) => counts[1] += 1,
            None => counts[2] += 1,
        }
    }
    assert!((900..1100).contains(&counts[0]) && (150..250).contains(&counts[1]), "{counts:?}");
}

#[test]
fn latencies_are_log_normal() {
    let median = Duration::from_millis(200);
    let draw = |nth| Draws::new(1, "latency", &blake3::hash(b"x"), nth).latency(median, 0.4).as_secs_f64();
    let logs: Vec<f64> = (0..20_000).map(|nth| (draw(nth) / 0.2).ln()).collect();
    let mean = logs.iter().sum::<f64>() / 20_000.0;
    let deviation = (logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / 20_000.0).sqrt();
    assert!(mean.abs() < 0.01 && (deviation - 0.4).abs() < 0.01, "{mean} {deviation}");
}

#[tokio::test]
async fn an_outage_begins_and_ends() {
    let outage = Some(Duration::from_millis(300)..Duration::from_millis(1500));
    let server = Server::start(Settings { outage, ..Settings::default() }).unwrap();
    let status = async |wait| {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        post(&server, "/chat/completions", &said("hello")).await.unwrap().0
    };
    // However slowly the requests are sent, each state follows the one before it, and the last one stays.
    let mut seen = vec![status(0).await];
    while seen.last() != Some(&200) || seen.len() < 12 {
        seen.push(status(80).await);
    }
    seen.dedup();
    assert!(matches!(seen[..], [200, 503, 200] | [503, 200]), "{seen:?}");
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let server = Server::start(Settings { faults: vec!["hang=1".parse().unwrap()], ..Settings::default() }).unwrap();
    let url = server.url();
    let waiting = tokio::spawn(async move { post(&server, "/chat/completions", &said("hello")).await.is_err() });
    assert!(waiting.await.unwrap());
    assert!(std::net::TcpStream::connect(url.trim_start_matches("http://").trim_end_matches("/v1")).is_err());
}
