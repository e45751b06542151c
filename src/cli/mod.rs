//! The command line: arguments, one file for each command, and the wiring. The only module that sees everything.

pub mod arguments;
mod builtin_macros;
mod check;
mod clean;
pub mod completions;
mod config_scope;
mod console;
mod contract;
mod database;
mod debug;
mod deps;
mod docs;
mod empty_warehouse;
mod event_time;
mod execute;
pub mod explain;
mod freshness;
mod init;
mod interrupt;
mod lineage;
mod list;
mod load;
mod output;
mod parse_cache;
mod retry;
mod revision;
mod run_operation;
mod selection;
mod serve;
mod show;
mod workspace;

use crate::diagnostic::{Diagnostic, RenderStyle, SourceMap, render};
use crate::run::EventKind;
use arguments::{Command, CommandLine, Stop};
use load::{Loaded, NoSetup, Setup, Unparsed};
use std::collections::BTreeMap;
use std::io::{Write, stderr, stdout};
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Everything that kept a command from doing its work.
#[derive(Debug)]
struct Failed(Vec<Diagnostic>);

/// Whether a command that did its work ends with exit code 0 or 1; or why it could not do it, which is exit code 2.
type Done = Result<bool, Failed>;

/// Exit code of a command that found failures.
const FAILURES: u8 = 1;
/// Exit code of a command that could not do its work.
const COULD_NOT_RUN: u8 = 2;

/// Runs the program: `words` is the command line with the program's name first. Gives the exit code: 0 when all is well,
/// 1 when a node failed, 2 when the command could not do its work.
/// Source: <https://docs.getdbt.com/reference/exit-codes>.
pub fn main(words: Vec<String>, variables: BTreeMap<String, String>, cwd: PathBuf) -> u8 {
    let code = run(words, variables, cwd);
    crate::report::write_logs();
    code
}

fn run(words: Vec<String>, variables: BTreeMap<String, String>, cwd: PathBuf) -> u8 {
    let line = match arguments::parse(words, variables.clone()) {
        Ok(line) => line,
        Err(stop) => return stopped(stop),
    };
    match command(&line, variables, cwd) {
        Ok(code) => code,
        Err(stop) => stopped(stop),
    }
}

/// Says why no command is run.
fn stopped(stop: Stop) -> u8 {
    let code = stop.exit_code();
    match stop {
        Stop::Text(text) => write(&mut stdout(), &text),
        Stop::NoCommand(text) => write(&mut stderr(), &text),
        Stop::Usage(error) => write(&mut stderr(), &error.to_string()),
        Stop::Refused(diagnostic) => encountered(&[*diagnostic], &SourceMap::default()),
    }
    code
}

/// A terminal that has gone away is no reason to fail.
fn write(to: &mut impl Write, text: &str) {
    let _ = writeln!(to, "{}", text.trim_end_matches('\n'));
}

/// dbt's words for what could not be done, before there is a log.
fn encountered(diagnostics: &[Diagnostic], sources: &SourceMap) {
    let texts: Vec<String> =
        diagnostics.iter().map(|diagnostic| render(diagnostic, sources, RenderStyle::Plain)).collect();
    write(&mut stdout(), &format!("Encountered an error:\n{}", texts.join("\n\n")));
}

fn command(line: &CommandLine, variables: BTreeMap<String, String>, cwd: PathBuf) -> Result<u8, Stop> {
    let early = line.arguments()?;
    match &early.command {
        Command::Explain { code } => {
            let page = explain::explain(code).map_err(Stop::Refused)?;
            write(&mut stdout(), page);
            return Ok(0);
        }
        Command::Completions { shell } => {
            write(&mut stdout(), &completions::completions(*shell, early.invocation.program));
            return Ok(0);
        }
        Command::Init(arguments) => {
            return Ok(match init::init(&early, arguments, &variables, &cwd) {
                Ok(said) => {
                    write(&mut stdout(), &said);
                    0
                }
                Err(Failed(diagnostics)) => {
                    encountered(&diagnostics, &SourceMap::default());
                    COULD_NOT_RUN
                }
            });
        }
        _ => {}
    }
    let begin = Instant::now();
    let setup = match Setup::new(line, cwd, variables) {
        Ok(setup) => setup,
        Err(NoSetup::Stop(stop)) => return Err(stop),
        Err(NoSetup::Failed(Failed(diagnostics), sources)) => {
            encountered(&diagnostics, &sources);
            return Ok(COULD_NOT_RUN);
        }
    };
    let console = setup.console.clone();
    let name = format!("{} {}", setup.arguments.invocation.program, setup.arguments.invocation.path.join(" "));
    let done = match setup.arguments.command {
        Command::Retry => retry::resume(setup, line).and_then(perform),
        _ => perform(setup),
    };
    let success = matches!(done, Ok(true));
    if let Err(Failed(diagnostics)) = &done {
        console.event(EventKind::EncounteredError { diagnostics: Arc::from(diagnostics.as_slice()) });
    }
    console.sum_up_deprecations();
    let elapsed = begin.elapsed().as_secs_f64();
    console.event(EventKind::CommandFinished { command: name, success, elapsed });
    Ok(match done {
        Ok(true) => 0,
        Ok(false) => FAILURES,
        Err(_) => COULD_NOT_RUN,
    })
}

/// Runs a command that works on a mesh or project.
fn perform(setup: Setup) -> Done {
    if let Command::Deps(arguments) = &setup.arguments.command {
        return deps::deps(&setup, arguments);
    }
    if let Command::Debug(arguments) = &setup.arguments.command {
        let arguments = *arguments;
        return debug::debug(setup, arguments);
    }
    let (setup, workspace) = setup.read()?;
    match &setup.arguments.command {
        Command::DocsServe(arguments) => {
            return serve::serve(&setup.target_folder(&workspace), &setup.console, arguments);
        }
        Command::Clean(arguments) => return clean::clean(&workspace, &setup.console, *arguments),
        _ => {}
    }
    if retry::is_done(&setup) {
        return Ok(true);
    }
    if let Command::ContractDiff(_) = &setup.arguments.command {
        return contract::diff(setup, workspace);
    }
    let unparsed = Unparsed::new(setup, workspace);
    if let Some(done) = unparsed.is_done() {
        return done;
    }
    // The process ends with the command: the system takes the mesh back at once, and not piece by piece.
    let loaded = ManuallyDrop::new(Loaded::new(unparsed)?);
    let done = match &loaded.setup.arguments.command {
        Command::Parse => {
            let written = loaded.write_manifest(&std::collections::HashMap::new(), None);
            written.map(|()| true).map_err(|cause| Failed(vec![cause.to_diagnostic()]))
        }
        Command::List(arguments) => list::list(&loaded, arguments),
        Command::Check(arguments) => check::check(&loaded, arguments),
        Command::ContractInfer(arguments) => contract::infer(&loaded, arguments),
        Command::Lineage(arguments) => lineage::lineage(&loaded, arguments),
        Command::Compile(arguments) => show::compile(&loaded, arguments),
        Command::Show(arguments) => show::show(&loaded, arguments),
        Command::DocsGenerate(arguments) => docs::generate(&loaded, arguments),
        Command::SourceFreshness(arguments) => freshness::freshness(&loaded, arguments),
        Command::RunOperation(arguments) => run_operation::run_operation(&loaded, arguments),
        _ => execute::execute(&loaded),
    };
    loaded.keeping.wait();
    done
}
