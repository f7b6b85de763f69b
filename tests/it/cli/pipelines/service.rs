//! A service on this machine that does what services do, by the path that it is asked at.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it arrived: its first line, its headers in small letters, its body.
#[derive(Debug, Clone)]
pub struct Asked {
    pub line: String,
    pub headers: Vec<String>,
    pub body: String,
}

/// A service that answers until the test ends.
pub struct Service {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Service {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = Arc::clone(&heard);
                std::thread::spawn(move || serve(stream, &heard));
            }
        });
        Self { address, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, heard: &Mutex<Vec<Asked>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let (mut headers, mut length) = (Vec::new(), 0);
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let header = header.trim().to_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(bytes) = header.strip_prefix("content-length: ") {
                length = bytes.parse().ok()?;
            }
            headers.push(header);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let asked = Asked { line: line.trim().to_string(), headers, body: String::from_utf8_lossy(&body).into_owned() };
        heard.lock().unwrap().push(asked.clone());
        let path = asked.line.split([' ', '?']).nth(1)?.to_string();
        let whole = |status: &str, more: &str, body: &str| {
            format!("HTTP/1.1 {status}\r\n{more}content-length: {}\r\n\r\n{body}", body.len())
        };
        let open = |body: &str| format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n{body}");
        let answer = match path.as_str() {
            "/500" => whole("500 Internal Server Error", "", "{\"detail\": \"out of memory\"}"),
            "/html" => whole("200 OK", "", "<html>maintenance</html>"),
            "/elsewhere" => whole("302 Found", "location: http://192.0.2.1/take-the-key\r\n", ""),
            "/half" => "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"answer\": \"ha".to_string(),
            // The first half of a character of two, as other writers leave it where they cut a text.
            "/cut" => whole("200 OK", "", "{\"answer\": \"\\ud83d\", \"cost\": 0.5}"),
            "/failing" => whole(
                "200 OK",
                "",
                "data: {\"delta\": \"an \", \"cost\": 0.25}\n\nevent: error\ndata: {\"error\": \"overloaded\"}\n\n",
            ),
            "/never" => open("data: {\"delta\": \"one \"}\n\n"),
            "/open" => open(
                "data: {\"delta\": \"an \"}\n\ndata: {\"delta\": \"answer\", \"docs\": [{\"id\": \"d\", \"text\": \"D\"}]}\n\ndata: [DONE]\n\n",
            ),
            _ => whole(
                "200 OK",
                "",
                "{\"answer\": \"an answer\", \"docs\": [{\"id\": \"doc-1\", \"text\": \"D\"}], \"cost\": 0.5}",
            ),
        };
        stream.write_all(answer.as_bytes()).ok()?;
        stream.flush().ok()?;
        match path.as_str() {
            "/half" => return None,
            "/never" | "/open" => std::thread::sleep(Duration::from_secs(20)),
            _ => {}
        }
    }
}
