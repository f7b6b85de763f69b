//! A model server on this machine that speaks Chat Completions, writes down what it is asked, and misbehaves on demand.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Call {
    /// How many requests arrived before it.
    pub number: usize,
    /// How many with the same body arrived before it.
    pub nth: usize,
    pub body: Value,
    /// Names the body: the reply of [`sensible`] holds it.
    pub key: String,
    pub headers: HashMap<String, String>,
}

impl Call {
    pub fn is_for_the_judge(&self) -> bool {
        self.body["model"] == "judge-1"
    }

    /// All that its messages say.
    pub fn said(&self) -> String {
        self.body["messages"].to_string()
    }
}

/// What is sent back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    pub delay: Duration,
    /// The connection is closed without an answer.
    pub hangs_up: bool,
}

impl Answer {
    pub fn of(status: u16, body: impl ToString) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string(), delay: Duration::ZERO, hangs_up: false }
    }

    pub fn text(text: &str) -> Self {
        Self::of(
            200,
            json!({
                "id": "chatcmpl-1", "object": "chat.completion", "model": "from-the-server",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
            }),
        )
    }

    pub fn hang_up() -> Self {
        Self { hangs_up: true, ..Self::of(200, "") }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// A reply that follows from the request alone: a writer's text, a score by criterion, a preference.
pub fn sensible(call: &Call) -> Answer {
    let key = &call.key;
    if !call.is_for_the_judge() {
        return Answer::text(&format!("An answer, {key}."));
    }
    let drawn = u8::from_str_radix(&key[..2], 16).unwrap();
    let verdict = if call.said().contains("<<<Answer B") {
        let preference = ["A", "B", "tie"][usize::from(drawn % 3)];
        json!({"reasoning": key, "preference": preference})
    } else {
        let part = |score: u8| json!({"reasoning": "so", "score": 1 + score % 5});
        json!({"reasoning": key, "score": {"correct": part(drawn), "clear": part(drawn / 5)}})
    };
    Answer::text(&verdict.to_string())
}

type Manner = dyn Fn(&Call) -> Answer + Send + Sync;

struct State {
    manner: Box<Manner>,
    calls: Mutex<Vec<Call>>,
    open: AtomicUsize,
    most: AtomicUsize,
}

/// The server. It lives as long as the tests.
pub struct Server {
    address: String,
    state: Arc<State>,
}

impl Server {
    pub fn start(manner: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State {
            manner: Box::new(manner),
            calls: Mutex::default(),
            open: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || {
                    // A client that was killed in the middle is what some tests are about.
                    let _ = state.serve(stream);
                });
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Every request so far, in the order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.state.calls.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.state.calls.lock().unwrap().len()
    }

    /// The most requests that were open at the same time.
    pub fn most_at_once(&self) -> usize {
        self.state.most.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have arrived in all.
    #[track_caller]
    pub fn wait_for(&self, count: usize) {
        let begun = Instant::now();
        while self.count() < count {
            assert!(begun.elapsed() < Duration::from_secs(20), "{} of {count} requests arrived", self.count());
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl State {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut writer = stream;
        while let Some(call) = self.read(&mut reader)? {
            let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(open, Ordering::SeqCst);
            let answer = (self.manner)(&call);
            std::thread::sleep(answer.delay);
            self.open.fetch_sub(1, Ordering::SeqCst);
            if answer.hangs_up {
                return Ok(());
            }
            let mut response = format!("HTTP/1.1 {} So\r\ncontent-length: {}\r\n", answer.status, answer.body.len());
            for (name, value) in &answer.headers {
                response.push_str(&format!("{name}: {value}\r\n"));
            }
            response.push_str("content-type: application/json\r\n\r\n");
            response.push_str(&answer.body);
            writer.write_all(response.as_bytes())?;
        }
        Ok(())
    }

    fn read(&self, reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Call>> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        // A proxy is told the whole address.
        let known = ["/v1/chat/completions", "/v1/embeddings"].map(|path| format!("{path} HTTP/1.1\r\n"));
        assert!(line.starts_with("POST ") && known.iter().any(|end| line.ends_with(end)), "{line}");
        let mut headers = HashMap::new();
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_lowercase(), value.to_string());
        }
        let mut body = vec![0; headers["content-length"].parse().unwrap()];
        reader.read_exact(&mut body)?;
        let key = blake3::hash(&body).to_hex()[..16].to_string();
        let body = serde_json::from_slice(&body).unwrap();
        let mut calls = self.calls.lock().unwrap();
        let nth = calls.iter().filter(|call| call.key == key).count();
        let call = Call { number: calls.len(), nth, body, key, headers };
        calls.push(call.clone());
        Ok(Some(call))
    }
}
