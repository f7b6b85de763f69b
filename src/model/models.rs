//! The suite's models → what answers requests, each set up once and shared by all who ask.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use indexmap::IndexMap;

use super::budget::{Budget, Till};
use super::cache::{Cache, Memory};
use super::command::Command;
use super::cost::{self, Money};
use super::endpoint::Endpoint;
use super::environment;
use super::recorded::{Book, Recorded};
use super::remote::Remote;
use super::retrieval::{self, Paid, Retrieval, Shelf};
use super::retry::Policy;
use super::schedule::Limits;
use super::transport::Trust;
use super::turns::{Slot, Turns};
use super::wire::Wire;
use super::{Failed, Failure, FailureKind, Reply, Request, Stop, Tokens, transport};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::suite::{Lookup, ModelName, ModelSpec, Prices, Provider, Service};
use serde_json::Value;

/// How long a provider that is down is waited for, where the suite does not say.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the command line says about all models.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// Nothing may go over the network.
    pub offline: bool,
    /// The replies of earlier runs.
    pub cache: Option<Arc<Cache>>,
    /// At most so many requests in flight over all models.
    pub max_concurrency: Option<usize>,
    /// What may be spent, where there is a cap.
    pub budget: Option<Arc<Budget>>,
    /// The wish to stop, which every model hears.
    pub stop: Stop,
}

/// All models of a suite, in its order.
#[derive(Debug)]
pub struct Models {
    models: IndexMap<ModelName, Arc<Model>>,
    books: Vec<Arc<Book>>,
}

/// One model: send it requests.
#[derive(Debug)]
pub struct Model {
    pub(super) name: ModelName,
    pub(super) answers: Answers,
    /// What it was asked before, where a cache is used and it is asked over the network.
    pub(super) memory: Option<Memory>,
    prices: Option<Prices>,
    /// Asked where this one fails for good; set once all models are there.
    pub(super) fallback: OnceLock<Arc<Model>>,
}

/// Who answers, or why nobody can.
#[derive(Debug)]
pub(super) enum Answers {
    Recorded(Recorded),
    Remote(Box<Remote>),
    Command(Box<Command>),
    Retrieval(Retrieval),
    /// The cache alone.
    Memory,
    Unready(Failure),
}

impl Models {
    /// Sets up every model in `specs`; relative paths resolve from `root`.
    ///
    /// A model that cannot be asked (no key, offline) is set up all the same and says so in [`Model::ready`], since a
    /// run may not need it.
    ///
    /// # Errors
    /// Files of recorded replies that are absent or broken, every line at once.
    pub fn open(
        specs: &IndexMap<ModelName, ModelSpec>,
        root: &Path,
        environment: Lookup<'_>,
        flags: Flags,
    ) -> Result<Self, Diagnostics> {
        let mut found = Diagnostics::default();
        let mut books = HashMap::new();
        let mut libraries = Shelves::new();
        let mut network = Network::new(flags);
        let mut models: IndexMap<ModelName, Arc<Model>> = IndexMap::new();
        for (name, spec) in specs {
            let mut memory = None;
            let answers = match Wire::of(spec.provider) {
                None if spec.provider == Provider::Command => network.command(name, spec, root, environment),
                None if spec.provider == Provider::Retrieve => {
                    match searched(name, spec, root, environment, &mut libraries) {
                        Ok(retrieval) => Answers::Retrieval(retrieval),
                        Err(wrong) => {
                            found.0.extend(wrong.0);
                            continue;
                        }
                    }
                }
                None => match book(name, spec, root, environment, &mut books) {
                    Ok(Some(book)) => Answers::Recorded(Recorded::new(book, name.clone())),
                    // Said already, for the first model of the file.
                    Ok(None) => continue,
                    Err(wrong) => {
                        found.0.extend(wrong.0);
                        continue;
                    }
                },
                Some(wire) => {
                    memory = network.memory(spec, wire, environment);
                    match network.remote(name, spec, wire, environment) {
                        Ok(remote) => Answers::Remote(Box::new(remote)),
                        Err(_) if network.flags.offline && memory.is_some() => Answers::Memory,
                        Err(failure) => Answers::Unready(failure),
                    }
                }
            };
            let model = Model { name: name.clone(), answers, memory, prices: spec.prices, fallback: OnceLock::new() };
            models.insert(name.clone(), Arc::new(model));
        }
        for (name, next) in specs.iter().filter_map(|(name, spec)| Some((name, spec.fallback.as_ref()?))) {
            if let (Some(model), Some(next)) = (models.get(name), models.get(next)) {
                // Each name stands here once.
                let _ = model.fallback.set(Arc::clone(next));
            }
        }
        for (name, embedder) in specs.iter().filter_map(|(name, spec)| Some((name, spec.embedder()?))) {
            if let (Some(Answers::Retrieval(retrieval)), Some(embedder)) =
                (models.get(name).map(|model| &model.answers), models.get(embedder))
            {
                retrieval.ask_for_vectors(embedder);
            }
        }
        let books = books.into_values().flatten().collect();
        found.into_result(Self { models, books })
    }

    /// A model by its key in the suite.
    pub fn get(&self, name: &ModelName) -> Option<&Arc<Model>> {
        self.models.get(name)
    }

    /// All models, in the order of the suite.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Model>> {
        self.models.values()
    }

    #[cfg(test)]
    pub(super) fn into_first(mut self) -> Model {
        let (_, model) = self.models.swap_remove_index(0).unwrap();
        Arc::into_inner(model).unwrap()
    }

    /// Recorded rows, over all files, that nothing has asked for yet.
    pub fn unasked(&self) -> usize {
        self.books.iter().map(|book| book.unasked()).sum()
    }
}

impl Model {
    /// Its key in the suite.
    pub fn name(&self) -> &ModelName {
        &self.name
    }

    /// Its recorded replies, where it is made of them.
    pub fn recorded(&self) -> Option<&Recorded> {
        match &self.answers {
            Answers::Recorded(recorded) => Some(recorded),
            Answers::Remote(_)
            | Answers::Command(_)
            | Answers::Retrieval(_)
            | Answers::Memory
            | Answers::Unready(_) => None,
        }
    }

    /// Whether it is a command of the user's own.
    pub fn is_program(&self) -> bool {
        matches!(self.answers, Answers::Command(_))
    }

    /// Whether it can be asked at all; to be looked at before anything is spent.
    ///
    /// # Errors
    /// Why not, as [`Model::call`] would say it too: no key, an address that is none, `--offline`.
    pub fn ready(&self) -> Result<(), &Failure> {
        match &self.answers {
            Answers::Recorded(_)
            | Answers::Remote(_)
            | Answers::Command(_)
            | Answers::Retrieval(_)
            | Answers::Memory => Ok(()),
            Answers::Unready(failure) => Err(failure),
        }
    }

    /// Asks this very model: the cache, where there is one, and then the server, with retries and within the limits.
    ///
    /// # Errors
    /// Every attempt that failed, once the policy gives up. With `--offline`, a request that the cache has no reply to.
    pub(super) async fn ask(&self, request: &Request, slot: &mut Slot) -> Result<Reply, Failed> {
        match &self.answers {
            Answers::Recorded(recorded) => recorded.reply(&request.ask).map_err(Failed::from),
            // What such a call needs is kept apart: all else that is asked would be moved about with as much room.
            Answers::Remote(remote) => match &self.memory {
                Some(memory) => memory.answer(request, || Box::pin(remote.call(request, slot))).await,
                None => Box::pin(remote.call(request, slot)).await,
            },
            Answers::Command(command) => command.call(request).await,
            Answers::Retrieval(retrieval) => retrieval.call(request).await,
            Answers::Memory => self.recall(request).ok_or_else(|| {
                let words =
                    format!("model `{}`: no cached reply for {}, and --offline asks nobody", self.name, request.ask);
                Failure::new(FailureKind::NotRecorded, words).into()
            }),
            Answers::Unready(failure) => Err(failure.clone().into()),
        }
    }

    /// The reply of one that is part of this program, where all that it needs is known: to ask it costs nothing, so it can
    /// be asked before a run too.
    pub fn at_hand(&self, request: &Request) -> Option<Reply> {
        match &self.answers {
            Answers::Retrieval(retrieval) => retrieval.recall(request),
            _ => None,
        }
    }

    /// What was paid, since this was asked last, for what belongs to no case: the vectors of a corpus.
    pub fn take_paid(&self) -> Vec<Paid> {
        match &self.answers {
            Answers::Retrieval(retrieval) => retrieval.take_paid(),
            _ => Vec::new(),
        }
    }

    /// Whether it has nothing but the cache to answer from.
    pub fn only_recalls(&self) -> bool {
        matches!(self.answers, Answers::Memory)
    }

    /// The reply that the cache has to a request.
    pub fn recall(&self, request: &Request) -> Option<Reply> {
        self.memory.as_ref()?.recall(request)
    }

    /// The exact body that `request` would be sent as now, for the record; `None` where nothing is sent.
    /// It holds no key: those travel in headers and the query.
    pub fn body(&self, request: &Request) -> Option<Value> {
        match &self.answers {
            Answers::Remote(remote) => Some(remote.body(request)),
            Answers::Recorded(_)
            | Answers::Command(_)
            | Answers::Retrieval(_)
            | Answers::Memory
            | Answers::Unready(_) => None,
        }
    }

    /// How many tokens `request` takes, to be known before it is sent; `None` where nothing is sent.
    pub fn tokens(&self, request: &Request) -> Option<Tokens> {
        match &self.answers {
            Answers::Remote(remote) => Some(remote.tokens(request)),
            Answers::Recorded(_)
            | Answers::Command(_)
            | Answers::Retrieval(_)
            | Answers::Memory
            | Answers::Unready(_) => None,
        }
    }

    /// What a reply cost; `None` where the tokens or the prices are not known, since unknown is not zero.
    pub fn cost(&self, reply: &Reply) -> Option<Money> {
        cost::usd(reply.usage.as_ref()?, self.prices.as_ref()?)
    }
}

/// Corpora by their names, and with the model that gives their vectors.
type Shelves = HashMap<(String, Option<ModelName>), Arc<Shelf>>;

/// A corpus as a model searches it, opened once however many search it.
fn searched(
    name: &ModelName,
    spec: &ModelSpec,
    root: &Path,
    environment: Lookup<'_>,
    shelves: &mut Shelves,
) -> Result<Retrieval, Diagnostics> {
    let Some(Service::Retrieve(retrieve)) = spec.service.as_deref() else {
        return Err(Diagnostic::new("a corpus that names none").into());
    };
    let written = &retrieve.corpus;
    let key = (written.clone(), retrieve.embedder.clone());
    if let Some(shelf) = shelves.get(&key) {
        return Ok(Retrieval::new(name, retrieve.by, Arc::clone(shelf)));
    }
    let path = environment::expand(written, environment)
        .map_err(|unset| Diagnostic::new(unset.to_string()).hint(unset.hint()))?;
    let shelf = Shelf::new(retrieval::open(&root.join(path.text), written)?);
    shelves.insert(key, Arc::clone(&shelf));
    Ok(Retrieval::new(name, retrieve.by, shelf))
}

/// Where proxies are named: for plain HTTP, and for that by TLS.
const PROXIES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"];

/// What the models behind addresses share.
struct Network {
    flags: Flags,
    turns: Arc<Turns>,
    /// Made for the first model that needs it, apart for those that need TLS: to read the machine's certificates takes a
    /// while.
    clients: [Option<Result<reqwest::Client, String>>; 2],
}

impl Network {
    fn new(flags: Flags) -> Self {
        let turns = Turns::new(flags.max_concurrency);
        Self { flags, turns, clients: [None, None] }
    }

    /// What a model was asked before, where a cache is used.
    fn memory(&self, spec: &ModelSpec, wire: &'static Wire, environment: Lookup<'_>) -> Option<Memory> {
        // A system of the user's own may change and keep its address: it says itself whether its answers keep.
        if matches!(spec.service.as_deref(), Some(Service::Http(service)) if !service.cache) {
            return None;
        }
        Memory::new(self.flags.cache.as_ref()?, spec, wire, environment)
    }

    fn command(&self, name: &ModelName, spec: &ModelSpec, root: &Path, environment: Lookup<'_>) -> Answers {
        let Some(Service::Command(command)) = spec.service.as_deref() else {
            return Answers::Unready(Failure::new(FailureKind::Rejected, format!("`{name}` names no command")));
        };
        if self.flags.offline {
            let words = format!("`{name}`: no command is run with --offline, since it may use the network");
            return Answers::Unready(Failure::new(FailureKind::NotRecorded, words));
        }
        let shared = (self.flags.budget.clone(), self.flags.stop.clone());
        match Command::new(name, (command, spec.timeout), root, environment, shared) {
            Ok(command) => Answers::Command(Box::new(command)),
            Err(failure) => Answers::Unready(failure),
        }
    }

    fn remote(
        &mut self,
        name: &ModelName,
        spec: &ModelSpec,
        wire: &'static Wire,
        environment: Lookup<'_>,
    ) -> Result<Remote, Failure> {
        if self.flags.offline {
            let words = format!("model `{name}`: nothing is asked over the network with --offline");
            return Err(Failure::new(FailureKind::NotRecorded, words));
        }
        let endpoint = Endpoint::new(name, spec, wire, environment)?;
        let authorities = || environment("SSL_CERT_FILE").filter(|file| !file.is_empty());
        // A proxy may be spoken to by TLS though the model is not.
        let is_set = |name: &&str| environment(name).is_some_and(|value| !value.is_empty());
        let by_proxy = PROXIES.iter().any(is_set);
        let by_tls = endpoint.url.scheme() != "http" || by_proxy;
        let [plain, secure] = &mut self.clients;
        let client = match by_tls {
            true => secure.get_or_insert_with(|| transport::client(Trust::Machine(authorities().as_deref()), by_proxy)),
            false => plain.get_or_insert_with(|| transport::client(Trust::Nobody, by_proxy)),
        };
        let client = client.clone().map_err(|why| {
            Failure::new(FailureKind::Connection, format!("model `{name}`: no way to speak TLS on this machine: {why}"))
        })?;
        let limits = Limits {
            at_once: spec.max_concurrency.or(self.flags.max_concurrency),
            starts_a_minute: spec.requests_per_minute,
            tokens_a_minute: spec.tokens_per_minute,
            patience: spec.patience.unwrap_or(PATIENCE),
        };
        let provider = endpoint.url.origin().ascii_serialization();
        let line = self.turns.join(format!("model `{name}`"), &provider, &limits);
        let policy = Policy::new(spec.max_attempts, spec.timeout);
        let till = Till::new(self.flags.budget.as_ref(), spec, wire.most_output);
        Ok(Remote::new(client, endpoint, line, policy, spec.structured, self.flags.stop.clone()).paid_from(till))
    }
}

/// The file of a recorded model, read once however many models name it; `None` where it is known to be broken.
fn book(
    name: &ModelName,
    spec: &ModelSpec,
    root: &Path,
    environment: Lookup<'_>,
    books: &mut HashMap<String, Option<Arc<Book>>>,
) -> Result<Option<Arc<Book>>, Diagnostics> {
    let written = spec.replies.as_deref().ok_or_else(|| {
        Diagnostic::new(format!("model `{name}` is recorded and names no file")).hint("add `replies: FILE.jsonl`")
    })?;
    let written = environment::expand(written, environment)
        .map_err(|unset| Diagnostic::new(format!("model `{name}`: {unset}")).hint(unset.hint()))?;
    let path = root.join(&written.text);
    let shown = path.strip_prefix(".").unwrap_or(&path).display().to_string();
    if let Some(known) = books.get(&shown) {
        return Ok(known.clone());
    }
    let opened = Book::open(&path, &shown).map(Arc::new);
    books.insert(shown, opened.as_ref().ok().cloned());
    opened.map(Some)
}
