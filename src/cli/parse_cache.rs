//! Whether a mesh has to be parsed at all: what a parse depends on beside files, and what it said.

use super::load::Setup;
use super::workspace::Workspace;
use crate::cache::{Cache, Digest, Kept, Key, Message, Reads, Recorder, Said};
use crate::diagnostic::Diagnostic;
use crate::jinja::context::{Invocation, Messages};
use crate::jinja::value::impure;
use crate::manifest::Manifest;
use crate::project::tree::DiskTree;
use crate::run::inventory_for_people;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// The cache of a command's target folder.
pub(super) struct ParseCache {
    cache: Cache,
    key: Key,
    tree: DiskTree,
}

impl ParseCache {
    /// `None` for a command that leaves nothing behind, and for a mesh of another time.
    pub fn new(setup: &Setup, workspace: &Workspace) -> Option<Self> {
        let tree = setup.found.tree.clone();
        if setup.is_silent() || !setup.arguments.global.write_json {
            return None;
        }
        let key = Key { program: program()?, configuration: configuration(setup, workspace) };
        Some(ParseCache { cache: Cache::new(&setup.target_folder(workspace)), key, tree })
    }

    /// The last parse, if it would come out the same, and what `ahead` made of it.
    pub fn find<T: Send>(&self, invocation: &Invocation, ahead: impl FnOnce(&Kept) -> T + Send) -> Option<(Kept, T)> {
        let names = |then: &Reads| then.environment.keys().cloned().collect::<Vec<_>>();
        let current = |then: &Reads| reads(invocation, names(then), then.invocation.is_some());
        self.cache.find(&self.tree, &self.key, current, ahead)
    }

    /// The mesh's files, to be read by a parse that is kept.
    pub fn record(&self) -> Option<Recorder> {
        self.cache.record(self.tree.clone())
    }

    /// What keeps the parse that has just ended: on a thread of its own, while this one goes on and renders what no longer
    /// counts. `None` when the parse would not come out the same again.
    pub fn keeper(
        self,
        recorder: Recorder,
        invocation: &Invocation,
        said: Said,
        manifest: &Arc<Manifest>,
    ) -> Option<impl FnOnce() -> Option<Kept> + Send + 'static> {
        let asked = impure::reads();
        if asked.volatile {
            return None;
        }
        let reads = reads(invocation, asked.environment, asked.invocation);
        let manifest = manifest.clone();
        Some(move || self.cache.keep(self.key, reads, recorder.finish()?, said, &manifest))
    }
}

/// What a parse said: its warnings, and what its templates did.
pub(super) fn said(diagnostics: &[Diagnostic], messages: Vec<Message>, manifest: &Manifest) -> Said {
    Said { diagnostics: diagnostics.to_vec(), messages, inventory: inventory_for_people(manifest) }
}

/// Which build of the program this is.
fn program() -> Option<String> {
    let file = std::env::current_exe().ok()?;
    let stat = crate::cache::Stat::of(&file)?;
    Some(format!("{} {} {stat:?}", env!("CARGO_PKG_VERSION"), file.display()))
}

/// Everything that a parse is handed, but for the files that it asks for itself.
fn configuration(setup: &Setup, workspace: &Workspace) -> Digest {
    let domains = workspace.domains.iter().map(|loaded| (&loaded.domain, &loaded.projects));
    let defaults = workspace.mesh_file.as_ref().and_then(|file| file.defaults.as_ref());
    let place = (&workspace.root, &workspace.name, workspace.is_mesh, &workspace.member);
    let handed = (place, domains.collect::<Vec<_>>(), defaults, setup.warn_error_options(), setup.artifact_variables());
    Digest::of(format!("{handed:?}").as_bytes())
}

fn reads(invocation: &Invocation, names: impl IntoIterator<Item = String>, whole: bool) -> Reads {
    let value = |name: &str| invocation.environment.get(name).map(|value| Digest::of(value.as_bytes()));
    let line = || format!("{} {:?} {:?}", invocation.command, invocation.flags, invocation.arguments);
    Reads {
        environment: names.into_iter().map(|name| (value(&name), name)).map(|(value, name)| (name, value)).collect(),
        invocation: whole.then(|| Digest::of(line().as_bytes())),
    }
}

/// Passes messages of templates on, and remembers those of the parse.
pub(super) struct Listening {
    to: Arc<dyn Messages>,
    heard: Mutex<Option<Vec<Message>>>,
}

impl Listening {
    /// Listens from now on.
    pub fn new(to: Arc<dyn Messages>) -> Self {
        Listening { to, heard: Mutex::new(Some(Vec::new())) }
    }

    /// What was said until now; from here on nothing is remembered.
    pub fn stop(&self) -> Vec<Message> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }

    fn hear(&self, message: impl FnOnce() -> Message) {
        if let Some(heard) = &mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner) {
            heard.push(message());
        }
    }
}

impl Messages for Listening {
    fn log(&self, node: Option<&str>, message: &str, info: bool) {
        self.hear(|| Message::Log { node: node.map(str::to_string), message: message.to_string(), info });
        self.to.log(node, message, info);
    }

    fn print(&self, message: &str) {
        self.hear(|| Message::Print { message: message.to_string() });
        self.to.print(message);
    }

    fn warn(&self, node: Option<&str>, message: &str) -> Option<String> {
        self.hear(|| Message::Warn { node: node.map(str::to_string), message: message.to_string() });
        self.to.warn(node, message)
    }
}

/// Says again what the templates of a parse said.
pub(super) fn repeat(messages: &[Message], to: &dyn Messages) {
    for message in messages {
        match message {
            Message::Log { node, message, info } => to.log(node.as_deref(), message, *info),
            Message::Print { message } => to.print(message),
            // A warning that is an error was one when the mesh was parsed, and nothing was kept.
            Message::Warn { node, message } => drop(to.warn(node.as_deref(), message)),
        }
    }
}

/// Texts of files that were not read, because their parse was kept.
pub(super) fn read_when_asked(setup: &Setup, root: &Path) {
    use crate::project::tree::FileTree;
    let tree = DiskTree::new(root);
    setup.sources.read_with(move |file| tree.read_text(file).ok());
}

/// A parse that is being kept, beside everything else that goes on.
pub(super) struct Keeping(Mutex<State>);

enum State {
    Underway(JoinHandle<Option<Kept>>),
    Done(Option<Arc<Kept>>),
}

impl Keeping {
    /// It was kept before.
    pub fn done(kept: Kept) -> Self {
        Keeping(Mutex::new(State::Done(Some(Arc::new(kept)))))
    }

    /// It is not kept.
    pub fn nothing() -> Self {
        Keeping(Mutex::new(State::Done(None)))
    }

    /// `keep` is done on a thread of its own.
    pub fn begin(keep: impl FnOnce() -> Option<Kept> + Send + 'static) -> Self {
        Keeping(Mutex::new(State::Underway(std::thread::spawn(keep))))
    }

    /// A parse that was kept before this command.
    pub fn before(&self) -> Option<Arc<Kept>> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Done(kept) => kept.clone(),
            State::Underway(_) => None,
        }
    }

    /// Waits until it is kept. `None` if it is not.
    pub fn wait(&self) -> Option<Arc<Kept>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = match std::mem::replace(&mut *state, State::Done(None)) {
            State::Underway(thread) => thread.join().ok().flatten().map(Arc::new),
            State::Done(kept) => kept,
        };
        *state = State::Done(kept.clone());
        kept
    }
}
