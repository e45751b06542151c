//! `build`, `run`, `test`, `seed`, `snapshot`, `compile` and `docs generate`: everything that runs a plan.

use super::arguments::{Command, Selection as Words};
use super::load::Loaded;
use super::output::CompiledFiles;
use super::retry::Retried;
use super::selection::{choose, read};
use super::{Done, Failed, database, interrupt, retry};
use crate::adapter::DuckDbWarehouse;
use crate::artifacts::CompiledInfo;
use crate::compile::{Program, RunScope};
use crate::diagnostic::{Diagnostic, ErrorCode};
use crate::jinja::warehouse::{Session, Warehouse, WarehouseError};
use crate::manifest::{NodeStatus, Relation, UniqueId};
use crate::plan::{Ordering, Outcome, Plan, PlanOptions, TaskKind, plan};
use crate::project::project_file::BehaviorFlag;
use crate::run::{self, EndOfRun, EventKind, RunEvent, RunOptions, RunOutcome, Work};
use crate::selector::{self, Index, Selection};
use crate::state::{DeferOptions, PreviousManifest, counterparts, defer};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;

/// How one command runs its nodes.
struct Manner<'a> {
    words: &'a Words,
    command: selector::Command,
    ordering: Ordering,
    /// Whether project hooks run.
    hooks: bool,
    /// Whether what is selected is built, so that what it reads has to be there.
    builds: bool,
    work: Work,
    told: EndOfRun,
}

/// What came of running nodes.
pub(super) struct Ran {
    /// Results.
    pub outcome: RunOutcome,
    /// What was compiled.
    pub compiled: HashMap<UniqueId, CompiledInfo>,
    /// The warehouse, still open.
    pub warehouse: DuckDbWarehouse,
    /// What ran.
    pub program: Arc<Program>,
}

impl Manner<'_> {
    fn of<'a>(loaded: &Loaded, command: &'a Command) -> Option<Manner<'a>> {
        let manner = |words, command, builds| Manner {
            words,
            command,
            ordering: Ordering::Dependencies,
            hooks: true,
            builds,
            work: Work::Build,
            told: EndOfRun::All,
        };
        Some(match command {
            Command::Build(build) => {
                Manner { ordering: Ordering::Tests, ..manner(&build.selection, selector::Command::Build, true) }
            }
            Command::Run(run) => {
                // Orchestrators call a member as they would call dbt.
                let tests = loaded.workspace.is_mesh && loaded.workspace.member.is_none() && !run.no_tests;
                Manner {
                    ordering: if tests { Ordering::Tests } else { Ordering::Dependencies },
                    ..manner(&run.selection, selector::Command::Run { tests }, true)
                }
            }
            Command::Test(test) => manner(&test.selection, selector::Command::Test, false),
            Command::Seed(seed) => manner(&seed.selection, selector::Command::Seed, true),
            Command::Snapshot(snapshot) => manner(&snapshot.selection, selector::Command::Snapshot, true),
            Command::Compile(compile) => Manner {
                hooks: false,
                work: Work::Compile,
                ..manner(&compile.selection, selector::Command::Compile, false)
            },
            Command::DocsGenerate(docs) => Manner {
                hooks: false,
                work: Work::Compile,
                ..manner(&docs.selection, selector::Command::Compile, false)
            },
            Command::Show(show) => Manner {
                hooks: false,
                work: Work::Compile,
                ..manner(&show.selection, selector::Command::Compile, false)
            },
            Command::Clone(clone) => Manner {
                ordering: Ordering::Independent,
                hooks: false,
                work: Work::Clone,
                told: EndOfRun::Outcome,
                ..manner(&clone.selection, selector::Command::Clone, false)
            },
            Command::SourceFreshness(freshness) => Manner {
                hooks: runs_hooks_around_freshness(loaded),
                told: EndOfRun::Freshness,
                ..manner(&freshness.selection, selector::Command::SourceFreshness, false)
            },
            _ => return None,
        })
    }
}

/// The project's flag `source_freshness_run_project_hooks`.
fn runs_hooks_around_freshness(loaded: &Loaded) -> bool {
    let project = &loaded.workspace.main_domain().projects[0];
    project.flags.behavior(BehaviorFlag::SourceFreshnessRunsHooks)
}

/// Runs the nodes of `build`, `run`, `test`, `seed`, `snapshot` or `clone`, and writes what they leave.
pub(super) fn execute(loaded: &Loaded) -> Done {
    let Ran { outcome, compiled, warehouse, program } = run_nodes(loaded)?;
    // Closing the database takes its time: what was built is moved from the log to its place.
    let (results, manifest) = std::thread::scope(|scope| {
        scope.spawn(move || drop((program, warehouse)));
        (loaded.write_results(&outcome, &loaded.invocation_args), loaded.write_manifest(&compiled, None))
    });
    for written in [results, manifest] {
        written.map_err(|cause| Failed(vec![cause.to_diagnostic()]))?;
    }
    Ok(succeeded(loaded, &outcome))
}

/// Whether a run ends with exit code 0.
pub(super) fn succeeded(loaded: &Loaded, outcome: &RunOutcome) -> bool {
    !outcome.interrupted
        && !loaded.console().has_errors()
        && outcome.results.iter().all(|result| Outcome::from(result.status) == Outcome::Done)
}

/// Selects, plans and runs.
pub(super) fn run_nodes(loaded: &Loaded) -> Result<Ran, Failed> {
    let command = &loaded.setup.arguments.command;
    let Some(manner) = Manner::of(loaded, command) else {
        return Err(Failed(vec![Diagnostic::error(ErrorCode::UnsupportedCommand, "this command runs no nodes")]));
    };
    let console = loaded.console();
    let index = Index::new(&loaded.manifest);
    let selection = match &loaded.setup.retried {
        Some(retried) => retry::selection(loaded, &retried.ids)?,
        None => choose(loaded, &index, manner.words, manner.command)?,
    };
    let plan = plan(&index, &selection, PlanOptions { ordering: manner.ordering, hooks: manner.hooks });
    let warehouse = database::open(loaded.workspace.main_domain(), console)?;
    let session = warehouse.session().map_err(|cause| engine_failed(&cause))?;
    let program = program(loaded, &selection, &manner, &session)?;
    if manner.work != Work::Compile {
        run::prepare(&program, &plan, &session).map_err(|cause| engine_failed(&cause))?;
    }
    if manner.builds
        && let Some(diagnostic) =
            run::missing_relations(&program, &plan, &session).map_err(|cause| engine_failed(&cause))?
    {
        return Err(Failed(vec![diagnostic]));
    }
    drop(session);
    let files = CompiledFiles::new(loaded, &program);
    let outcome = match plan.is_empty() {
        true => {
            console.event(EventKind::NothingToDo);
            let nothing = RunOutcome::default();
            console.event(finished(EndOfRun::Nothing, &nothing));
            nothing
        }
        false => run_plan(loaded, &program, &plan, &warehouse, &manner, &files)?,
    };
    let compiled = files.finish().map_err(|cause| Failed(vec![cause.to_diagnostic()]))?;
    if manner.work == Work::Compile {
        let failures = failures(&outcome);
        if !failures.is_empty() {
            let written = loaded.write_manifest(&HashMap::new(), None);
            written.map_err(|cause| Failed(vec![cause.to_diagnostic()]))?;
            return Err(Failed(failures));
        }
    }
    Ok(Ran { outcome, compiled, warehouse, program })
}

/// What failed, in dbt's words: a command that only compiles has not done its work if a node cannot be compiled.
fn failures(outcome: &RunOutcome) -> Vec<Diagnostic> {
    let failed = outcome.results.iter().filter(|result| result.status == NodeStatus::Error);
    failed
        .filter_map(|result| {
            let message = result.message.clone()?;
            Some(Diagnostic { message, ..result.diagnostic.as_deref()?.clone() })
        })
        .collect()
}

fn run_plan(
    loaded: &Loaded,
    program: &Arc<Program>,
    plan: &Plan,
    warehouse: &DuckDbWarehouse,
    manner: &Manner<'_>,
    files: &CompiledFiles,
) -> Result<RunOutcome, Failed> {
    let console = loaded.console();
    let threads = loaded.threads();
    let total = plan.tasks().iter().filter(|task| !matches!(task.kind, TaskKind::Hook(_))).count();
    let target = loaded.workspace.main_domain().domain.target.name.clone();
    console.event(EventKind::RunStarted { threads, target, total });
    let _guard = interrupt::cancels(&loaded.invocation);
    let events = |event: RunEvent| {
        if let EventKind::HookFinished { result, .. } = &event.kind {
            files.take(result);
        }
        if let EventKind::BatchFinished { node, batch, result } = &event.kind {
            files.take_batch(&node.node, &batch.batch.label, result);
            loaded.remember_batch(program, &node.node, &batch.batch.label, result);
        }
        if let EventKind::NodeFinished { result, .. } = &event.kind {
            files.take(result);
            loaded.remember_compiled(program, result);
        }
        console.pass_on(if manner.work == Work::Build { event } else { without_line(event) });
    };
    let options = RunOptions { threads, fail_fast: loaded.setup.arguments.global.fail_fast, work: manner.work };
    let outcome = run::run(program, plan, warehouse, options, &events).map_err(|cause| engine_failed(&cause))?;
    let told = if manner.work == Work::Compile { EndOfRun::Nothing } else { manner.told };
    console.event(finished(told, &outcome));
    let unparsed = program.references().unparsed().len();
    if unparsed > 0 {
        let message = format!("{} could not be read for references", run::counted(unparsed, "compiled statement"));
        console.event(EventKind::Note { message });
    }
    Ok(outcome)
}

fn finished(told: EndOfRun, outcome: &RunOutcome) -> EventKind {
    EventKind::RunFinished {
        told,
        results: outcome.results.clone().into(),
        elapsed: outcome.elapsed,
        interrupted: outcome.interrupted,
    }
}

/// `compile`, `docs generate` and `clone` say nothing of nodes that went well, but for the log file's own events.
fn without_line(mut event: RunEvent) -> RunEvent {
    match &mut event.kind {
        EventKind::NodeStarted { node } => node.index = 0,
        EventKind::NodeFinished { node, result } if result.status == NodeStatus::Success => node.index = 0,
        _ => {}
    }
    event
}

/// The program of a run: what it selected, and what it reads from an earlier state.
fn program(
    loaded: &Loaded,
    selection: &Selection,
    manner: &Manner<'_>,
    session: &Arc<dyn Session>,
) -> Result<Arc<Program>, Failed> {
    let mut program = loaded.program();
    program.run = RunScope {
        target: loaded.shown_target(),
        selected: selection.iter().cloned().collect(),
        deferred: deferred(loaded, selection, manner, session)?.into_iter().collect(),
        previous_batches: of_earlier_run(loaded, selection, |retried| &retried.batches),
        previous_overloads: of_earlier_run(loaded, selection, |retried| &retried.overloads),
    };
    Ok(Arc::new(program))
}

/// What is known of the selected nodes from the run that is tried again.
fn of_earlier_run<T: Clone>(
    loaded: &Loaded,
    selection: &Selection,
    known: impl Fn(&Retried) -> &HashMap<String, T>,
) -> HashMap<UniqueId, T> {
    let Some(retried) = &loaded.setup.retried else { return HashMap::new() };
    let view = loaded.view();
    let earlier = |id: &UniqueId| Some((id.clone(), known(retried).get(&*view.id(id))?.clone()));
    selection.iter().filter_map(earlier).collect()
}

/// What `--defer` reads from the earlier state.
fn deferred(
    loaded: &Loaded,
    selection: &Selection,
    manner: &Manner<'_>,
    session: &Arc<dyn Session>,
) -> Result<IndexMap<UniqueId, Relation>, Failed> {
    let options = &loaded.setup.arguments.global.state;
    if !options.defer && manner.work != Work::Clone {
        return Ok(IndexMap::new());
    }
    let Some(folder) = options.defer_state.as_ref().or(options.state.as_ref()) else {
        let message = "--state or --defer-state are required for deferral, but neither was provided";
        return Err(Failed(vec![
            Diagnostic::error(ErrorCode::StateMissing, message)
                .hint("name the target folder of an earlier run: --state FOLDER"),
        ]));
    };
    let path = loaded.setup.place.cwd.join(folder).join("manifest.json");
    let Some(previous) = read(&path, PreviousManifest::from_json)? else {
        let message = format!("Could not find manifest in --state path: '{}'", path.display());
        return Err(Failed(vec![Diagnostic::error(ErrorCode::StateMissing, message)]));
    };
    if manner.work == Work::Clone {
        return Ok(counterparts(&loaded.manifest, &previous));
    }
    let mut failure = None;
    let mut known: HashMap<(String, String), Vec<String>> = HashMap::new();
    let exists = |relation: &Relation| {
        let (database, schema, identifier) = relation.key();
        let key = (database, schema);
        if !known.contains_key(&key) {
            let names = match session.relations(&key.0, &key.1) {
                Ok(listed) => listed.into_iter().map(|found| found.identifier.to_lowercase()).collect(),
                Err(cause) => {
                    failure.get_or_insert(cause);
                    Vec::new()
                }
            };
            known.insert(key.clone(), names);
        }
        known.get(&key).is_some_and(|names| names.contains(&identifier.to_lowercase()))
    };
    let options = DeferOptions { favor_state: options.favor_state, builds: manner.builds };
    let deferred = defer(&loaded.manifest, &previous, selection.iter(), options, exists);
    match failure {
        Some(cause) => Err(engine_failed(&cause)),
        None => Ok(deferred),
    }
}

/// The engine refused something outside of any node.
pub(super) fn engine_failed(cause: &WarehouseError) -> Failed {
    Failed(vec![Diagnostic::error(ErrorCode::EngineSetting, cause.message.clone())])
}
