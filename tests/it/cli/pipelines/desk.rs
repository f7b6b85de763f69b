//! A support desk against its next version: plain Python, a LangGraph graph, a FastAPI service; the gate finds the
//! regression, and the report the step that it came from.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::super::project::Project;
use super::bots::python;

/// A Python that has what `tests/pipelines/requirements.txt` names; says aloud where there is none.
fn frameworks() -> Option<String> {
    let python = std::env::var("PIPELINES_PYTHON").ok().filter(|python| !python.is_empty());
    if python.is_none() {
        println!("skipped: PIPELINES_PYTHON names no Python with LangGraph and FastAPI");
    }
    python
}

/// The desk in a folder of its own, with other candidates.
fn desk(v1: &str, v2: &str) -> Project {
    let project = Project::empty();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pipelines");
    for name in ["karat.yaml", "cases.jsonl", "desk.py", "worker.py", "graph.py", "service.py"] {
        std::fs::copy(from.join(name), project.path(name)).unwrap();
    }
    project.edit("karat.yaml", "v1: {command: [python3, worker.py, v1], workers: 2}", &format!("v1: {v1}"));
    project.edit(
        "karat.yaml",
        "v2: {command: [python3, worker.py, wrong-documents], workers: 2}",
        &format!("v2: {v2}"),
    );
    project
}

/// Runs the gate, which has to fail, and tells where the report says that the ways part in the worst case.
#[track_caller]
fn parting(project: &Project) -> String {
    let told = project.karat(&["gate"]).expect(1).out;
    assert!(told.contains("the ways part at "), "{told}");
    let report = project.read("reports/latest/report.md");
    let at = report.find("the ways part at ").unwrap_or_else(|| panic!("{report}"));
    let line = report[at..].split("</blockquote>").next().unwrap().replace("&#96;", "`");
    assert!(project.read("reports/latest/report.html").contains("The way to it"));
    line
}

fn command(python: &str, version: &str, more: &str) -> String {
    format!("{{command: [\"{python}\", worker.py, {version}{more}], workers: 2, timeout: 60s}}")
}

#[test]
fn the_gate_finds_the_regression_and_the_report_its_step() {
    if !python() {
        return;
    }
    let of = |version: &str| parting(&desk(&command("python3", "v1", ""), &command("python3", version, "")));
    let told = [of("wrong-documents"), of("wrong-argument")].join("\n");
    insta::assert_snapshot!(told, @r"
    the ways part at step `retrieve` (output): v1 has “shipping refunds”, v2 has “returns warranty”
    the ways part at step `track` (output): v1 has “order A-100 is on its way”, v2 has “order 100 is on its way”
    ");
    // A version against itself moves nothing.
    let same = desk(&command("python3", "v1", ""), &command("python3", "v1", ""));
    same.karat(&["gate"]).expect(0);
}

/// A process that is ended with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The project's own stand-in for a model.
fn model() -> (Ended, String, Project) {
    let project = Project::empty();
    let mut server = project.start(&["mock"]);
    let mut said = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    let url = said.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{said:?}")).to_string();
    (Ended(server), url, project)
}

#[test]
fn a_langgraph_graph_is_measured_with_its_model_calls_and_its_nodes() {
    let Some(python) = frameworks() else { return };
    let (_server, url, _folder) = model();
    let graph = |version: &str| command(&python, version, ", graph").replace("timeout", "env: [MODEL_URL], timeout");
    let project = desk(&graph("v1"), &graph("wrong-documents")).variable("MODEL_URL", &url);
    assert_eq!(
        parting(&project),
        "the ways part at step `retrieve` (output): v1 has “shipping refunds”, v2 has “returns warranty”"
    );
    let project = desk(&graph("v1"), &graph("wrong-argument")).variable("MODEL_URL", &url);
    assert!(parting(&project).starts_with("the ways part at step `track` (output)"));
}

#[test]
fn a_fastapi_service_is_measured_version_against_version() {
    let Some(python) = frameworks() else { return };
    let (_server, url, _folder) = model();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pipelines/service.py");
    let service = Command::new(&python)
        .arg(script)
        .arg(port.to_string())
        .env("MODEL_URL", &url)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdout(Stdio::null())
        .spawn();
    let _service = Ended(service.unwrap());
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the service does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    let endpoint = |version: &str| {
        format!(
            "{{http: {{url: \"http://127.0.0.1:{port}/{version}/answer\", body: {{question: \"{{{{ input }}}}\"}}, \
             output: /answer/text, trace: {{contexts: /documents, tool_calls: /calls}}}}}}"
        )
    };
    let told = parting(&desk(&endpoint("v1"), &endpoint("wrong-documents")));
    assert_eq!(told, "the ways part at contexts (documents): v1 has “shipping, refunds”, v2 has “returns, warranty”");
    let told = parting(&desk(&endpoint("v1"), &endpoint("wrong-argument")));
    assert!(told.starts_with("the ways part at tool call 1 (arguments): v1 has “track("), "{told}");
}
