//! A model behind an address: wire format, transport, limits and retries put together.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::allowance::within;
use super::body::Object;
use super::breaker::Found;
use super::budget::Till;
use super::endpoint::Endpoint;
use super::excerpt::excerpt;
use super::key_check::Refusal;
use super::retry::{Outage, Policy, Setback, persist};
use super::schedule::{Fate, Wish};
use super::secret::MASK;
use super::transport::{Answer, Payload, Transport};
use super::turns::{Line, Permit, Slot};
use super::{Ask, Failed, Failure, FailureKind, Reply, Request, Stop, Tokens, embeddings};
use crate::suite::Structured;

/// Whether the server takes a JSON Schema: not known yet, or known not to.
const UNKNOWN: u8 = 0;
const REFUSES: u8 = 1;

/// A request that may be at fault itself is spared so many attempts while it tries if its provider is back: enough for a
/// short outage, and not enough to keep a run from its end.
const SPARED: u32 = 8;

/// Of what a server says against a request, so many characters are shown.
const SHOWN: usize = 200;

/// Of that, so many are looked through for keys: enough to show as many as we do once keys are out.
const READ: usize = 4096;

/// A model that is asked over the network.
#[derive(Debug)]
pub(super) struct Remote {
    endpoint: Arc<Endpoint>,
    transport: Transport,
    line: Line,
    /// Open to tests, which cannot wait for half a second.
    pub(super) policy: Policy,
    structured: Structured,
    schemas: AtomicU8,
    /// Where every attempt is paid for, if there is a budget.
    till: Option<Till>,
    /// The number of the next request, apart from those of other models.
    calls: AtomicU64,
    stop: Stop,
}

/// What the attempts at one request share.
#[derive(Debug, Default)]
struct Course {
    number: u64,
    /// Once the server has refused the form, the request goes on without it, and that is no retry.
    refusal: OnceLock<Failure>,
    /// How often it was spared, as [`SPARED`] says.
    spared: AtomicU32,
    /// Whether the last attempt got so far as to be sent.
    sent: AtomicBool,
    /// The place of the attempt that was answered.
    held: OnceLock<Permit>,
}

impl Remote {
    pub(super) fn new(
        client: reqwest::Client,
        endpoint: Endpoint,
        line: Line,
        policy: Policy,
        structured: Structured,
        stop: Stop,
    ) -> Self {
        let endpoint = Arc::new(endpoint);
        let calls = line.first_number().into();
        let transport = Transport::new(client, endpoint.clone());
        let schemas = AtomicU8::new(UNKNOWN);
        Self { endpoint, transport, line, policy, structured, schemas, till: None, calls, stop }
    }

    /// The same, with its attempts paid for out of a budget.
    pub(super) fn paid_from(self, till: Option<Till>) -> Self {
        Self { till, ..self }
    }

    /// The body that `request` would be sent as now.
    pub(super) fn body(&self, request: &Request) -> Value {
        self.body_in(request, self.form()).value()
    }

    /// Asks until there is a reply, or none can be had. A reply keeps its place in `slot`.
    pub(super) async fn call(&self, request: &Request, slot: &mut Slot) -> Result<Reply, Failed> {
        let course = Course { number: self.calls.fetch_add(1, Ordering::Relaxed), ..Course::default() };
        let attempt = async || {
            course.sent.store(false, Ordering::Relaxed);
            match &self.till {
                // Pinned, since each layer that takes a future by value has it twice.
                Some(till) => till.pay(request, &course.sent, pin!(self.attempt(request, &course))).await,
                None => self.attempt(request, &course).await,
            }
        };
        let done = persist(&self.policy, attempt, |wait| self.sleep(wait)).await;
        let Course { refusal, held, .. } = course;
        match done {
            Ok((mut reply, failures)) => {
                slot.hold(held.into_inner());
                reply.retried = refusal.into_inner().into_iter().chain(failures).collect();
                Ok(reply)
            }
            Err(Failed { failures }) => {
                let failed = failures.last().map(|last| last.kind);
                // That the key is refused is this request's failure; that it is of no use is why no other will do.
                let of_key = matches!(failed, Some(FailureKind::Authentication | FailureKind::Rejected));
                let closed = if of_key { self.line.closed().map(Failure::beside) } else { None };
                Err(Failed { failures: refusal.into_inner().into_iter().chain(failures).chain(closed).collect() })
            }
        }
    }

    /// How many tokens `request` takes.
    pub(super) fn tokens(&self, request: &Request) -> Tokens {
        Tokens::of(request, &self.endpoint.params, self.endpoint.wire.most_output)
    }

    async fn attempt(&self, request: &Request, course: &Course) -> Result<Reply, Setback> {
        // Held over a second try without the form too: whoever waits behind this request is to learn from it.
        let mut permit = self.permit(request, course.number).await?;
        course.sent.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        // Only here, so that no wait for a turn counts.
        let sending = pin!(self.send_in_form(request, &course.refusal));
        let sending = within(request.allowance(), sending).await;
        let mut done = sending.unwrap_or_else(|late| Err(Setback::of(late)));
        if let Err(setback) = &mut done {
            setback.took = begun.elapsed();
            setback.uncounted = permit.tries()
                && match setback.outage {
                    Outage::Surely => true,
                    Outage::Perhaps => course.spared.fetch_add(1, Ordering::Relaxed) < SPARED,
                    Outage::No => false,
                };
        }
        permit.learn(fate(&done));
        if done.is_ok() {
            // There is one reply, after which nothing is attempted.
            let _ = course.held.set(permit);
        }
        done
    }

    async fn send_in_form(&self, request: &Request, refusal: &OnceLock<Failure>) -> Result<Reply, Setback> {
        let may_fall_back = self.structured == Structured::Auto && request.schema().is_some();
        if refusal.get().is_none() {
            // Read only now: while this request waited, another one may have learnt what the server takes.
            let form = self.form();
            match self.send(request, form).await {
                Err(setback) if setback.refuses_form && may_fall_back && form != Structured::Off => {
                    // Taken by nobody else: the attempts of one request follow one another.
                    let _ = refusal.set(setback.failure.beside());
                }
                done => return done,
            }
        }
        let reply = self.send(request, Structured::Off).await?;
        // Only now is it known that the form was what the server minded.
        self.schemas.store(REFUSES, Ordering::Relaxed);
        Ok(reply)
    }

    /// Waits for a turn, unless there is to be none.
    async fn permit(&self, request: &Request, number: u64) -> Result<Permit, Setback> {
        let expected = self.tokens(request).expected;
        let wish = Wish { request: number, tokens: expected.input_tokens + expected.output_tokens };

        tokio::select! {
            // A free turn does not go before the wish to stop.
            biased;
            () = self.stop.wait() => Err(stopped()),
            permit = self.line.start(wish) => permit.map_err(Setback::of),
        }
    }

    async fn send(&self, request: &Request, form: Structured) -> Result<Reply, Setback> {
        let begun = Instant::now();
        let answer = match &self.endpoint.service {
            Some(_) => {
                let payload = Payload::read(request.payload().unwrap_or("{}"));
                self.transport.call(payload, &trace_parent(&request.ask)).await?
            }
            None => {
                let body = self.body_in(request, form).bytes();
                self.transport.post(body).await?
            }
        };
        self.line.learn(&answer.rates);
        let latency = begun.elapsed();
        let mut reply = self.read(&answer, request.wants_vectors())?;
        reply.latency_ms = u64::try_from(latency.as_millis()).ok();
        Ok(reply)
    }

    fn read(&self, answer: &Answer, vectors: bool) -> Result<Reply, Setback> {
        let (status, from) = (answer.status, &self.endpoint.shown);
        if let Some(location) = &answer.location {
            let to = location.split(['?', '#']).next().unwrap_or("");
            let words = format!("{status} from {from}: redirects are not followed, and this one points to {to}");
            return Err(self.transport.setback(FailureKind::Rejected, &words, None));
        }
        let redactor = &self.endpoint.redactor;
        let read = match &self.endpoint.service {
            Some(service) => service.read(status, &answer.body),
            None if vectors => embeddings::read_vectors(status, &answer.body),
            None => (self.endpoint.wire.read)(status, &answer.body),
        };
        let read = read.map_err(|no| {
            let wrong = no.wrong.map(|wrong| format!("{wrong}: ")).unwrap_or_default();
            // Cut after redaction: half a key is not recognised as one.
            let said = no.said.chars().take(READ).collect::<String>();
            let words = match excerpt(&redactor.words(&said), SHOWN) {
                said if said.is_empty() => format!("{status} from {from}: {wrong}an empty body"),
                said => format!("{status} from {from}: {wrong}{said}"),
            };
            let retry_after = answer.retry_after.or(no.retry_after);
            let mut setback = self.transport.setback(no.kind, &words, retry_after);
            setback.failure.taken = no.taken;
            setback.refuses_form = no.refuses_form;
            setback.lasting = no.lasting;
            setback.overloaded = matches!(status, 429 | 503 | 529);
            setback.outage = match (no.kind, status) {
                (FailureKind::Server, 502 | 503 | 529) => Outage::Surely,
                (FailureKind::Server, _) => Outage::Perhaps,
                _ => Outage::No,
            };
            if let Some(wait) = retry_after.filter(|wait| *wait <= self.policy.patience) {
                self.line.pause(wait);
            }
            setback
        })?;
        // What was escaped in the JSON is spelled out only now. Where a key was in the text, its pieces are among the tokens.
        let had_key = |text: &str| text.contains(MASK) || redactor.body(text.to_string()) != text;
        let logprobs = read.logprobs.filter(|_| !had_key(&read.text));
        let model = read.model.map(|model| redactor.body(model));
        Ok(Reply { text: redactor.body(read.text), logprobs, model, ..read })
    }

    /// Waits before the next attempt, unless there is to be none.
    async fn sleep(&self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.stop.wait() => {}
        }
    }

    fn form(&self) -> Structured {
        match self.structured {
            Structured::Auto if self.schemas.load(Ordering::Relaxed) == REFUSES => Structured::Off,
            form => form,
        }
    }

    fn body_in<'a>(&'a self, request: &'a Request, form: Structured) -> Object<'a> {
        let endpoint = &self.endpoint;
        (endpoint.wire.body)(&endpoint.model, &endpoint.params, request, form)
    }
}

/// The `traceparent` of a request, after W3C Trace Context: one trace for each output of this process, whatever its
/// steps, and a new span for each attempt.
fn trace_parent(ask: &Ask) -> String {
    static PROCESS: LazyLock<[u8; 32]> = LazyLock::new(|| *blake3::hash(uuid::Uuid::now_v7().as_bytes()).as_bytes());
    /// Counted on from where no other process is.
    static SPANS: LazyLock<AtomicU64> = LazyLock::new(|| {
        let [a, b, c, d, e, f, g, h, ..] = *PROCESS;
        u64::from_le_bytes([a, b, c, d, e, f, g, h]).into()
    });
    let mut output = blake3::Hasher::new_keyed(&PROCESS);
    match ask {
        Ask::Step { candidate, case, sample, .. } | Ask::Output { candidate, case, sample } => {
            for part in [candidate.as_str(), "\n", case.as_str(), "\n"] {
                output.update(part.as_bytes());
            }
            output.update(&sample.to_le_bytes());
        }
        other => _ = output.update(other.to_string().as_bytes()),
    }
    // No span is zero.
    let span = SPANS.fetch_add(1, Ordering::Relaxed).max(1);
    format!("00-{}-{span:016x}-01", &output.finalize().to_hex()[..32])
}

/// The run was asked to stop before this attempt began.
fn stopped() -> Setback {
    Setback::of(Failure::new(FailureKind::Stopped, "not asked, since the run was stopped"))
}

/// What those who come after a request learn from it.
fn fate(done: &Result<Reply, Setback>) -> Fate {
    match done {
        Ok(reply) => Fate {
            found: Found::Up,
            overloaded: false,
            tokens: reply.usage.map(|usage| usage.input_tokens + usage.output_tokens),
            key: Some(Ok(())),
        },
        // Broken off by us: what the provider would have said is not known.
        Err(Setback { failure, .. }) if failure.kind == FailureKind::Limit => Fate::unknown(),
        Err(Setback { failure, overloaded, outage, .. }) => Fate {
            found: match outage {
                Outage::No => Found::Up,
                Outage::Perhaps | Outage::Surely => {
                    Found::Down { why: failure.message.clone(), surely: *outage == Outage::Surely }
                }
            },
            overloaded: *overloaded,
            tokens: None,
            key: match failure.kind {
                FailureKind::Authentication => Some(Err(Refusal::Key(failure.message.clone()))),
                // 429, and trying again would not help.
                FailureKind::Rejected if *overloaded => Some(Err(Refusal::Quota(failure.message.clone()))),
                _ => None,
            },
        },
    }
}
