//! A server whose certificate only the company's own authority vouches for.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/model/tests/tls");

/// Says hello over TLS to everybody; its address.
fn listen() -> String {
    let chain = vec![CertificateDer::from_pem_file(format!("{FOLDER}/server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(format!("{FOLDER}/server.key")).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = Stream::new(&mut connection, &mut socket);
            let (mut all, mut some) = (Vec::new(), [0; 4096]);
            while !all.ends_with(b"}") {
                match stream.read(&mut some) {
                    Ok(n) if n > 0 => all.extend_from_slice(&some[..n]),
                    _ => break,
                }
            }
            let body = "{\"choices\":[{\"message\":{\"content\":\"hello\"}}]}";
            let _ =
                write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            let _ = stream.flush();
        }
    });
    address
}

/// A model behind that address, where `SSL_CERT_FILE` is as given.
fn model_trusting(address: &str, file: Option<&str>) -> Model {
    let spec = json!({"provider": "openai", "model": "m", "base_url": address, "api_key_env": "KEY",
        "structured": "auto", "timeout": {"secs": 5, "nanos": 0}, "max_attempts": 1, "patience": {"secs": 0, "nanos": 0}});
    let specs = [("writer".into(), serde_json::from_value(spec).unwrap())].into_iter().collect();
    let lookup = |name: &str| match name {
        "KEY" => Some(KEY.to_string()),
        "SSL_CERT_FILE" => file.map(ToString::to_string),
        _ => None,
    };
    Models::open(&specs, std::path::Path::new("."), &lookup, Flags::default()).unwrap().into_first()
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_where_it_is_named() {
    let address = listen();
    let trusting = model_trusting(&address, Some(&format!("{FOLDER}/ca.pem")));
    assert_eq!(trusting.ask_once(&request()).await.unwrap().text, "hello");
    let failed = model_trusting(&address, None).ask_once(&request()).await.unwrap_err();
    assert_eq!(failed.failures[0].kind, FailureKind::Connection);
    assert!(failed.failures[0].message.contains("certificate"), "{failed}");
}

#[test]
fn a_file_without_certificates_is_named_before_anything_is_sent() {
    for (file, why) in [
        ("/there/is/no/such.pem", "which cannot be read"),
        (&format!("{FOLDER}/server.key"), "which holds no certificate"),
    ] {
        let model = model_trusting("https://localhost:1", Some(file));
        let words = &model.ready().unwrap_err().message;
        assert!(words.contains(&format!("`SSL_CERT_FILE` names `{file}`, {why}")), "{words}");
    }
}
