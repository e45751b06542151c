//! What stands at the end of a run: counts, failures, warnings, the last line.

use super::line::duration_in_words;
use super::log_event::Lines;
use super::logger::LogLevel;
use super::node_info::{Moment, run_result, subject_info, utc_text};
use crate::manifest::{NodeStatus, ResourceType};
use crate::run::{EndOfRun, NodeResult, counted, counts_for_people};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::sync::Arc;

pub(super) fn add_run(
    lines: &mut Lines<'_>,
    told: EndOfRun,
    results: &[Arc<NodeResult>],
    (elapsed, at): (f64, DateTime<Utc>),
    interrupted: bool,
) {
    lines.add(("EndRunResult", "Q037", LogLevel::Debug), "Command end result", || {
        let failed = results.iter().any(|result| result.status.is_failure() || result.status == NodeStatus::Skipped);
        json!({
            "results": results.iter().map(|result| run_result(result)).collect::<Vec<_>>(),
            "elapsed_time": elapsed, "generated_at": utc_text(at), "success": !failed,
        })
    });
    match told {
        EndOfRun::All => {}
        EndOfRun::Nothing => return,
        EndOfRun::Outcome => return add_outcome(lines, results, interrupted),
        EndOfRun::Freshness => {
            add_counts(lines, results, elapsed);
            return add_freshness(lines, results);
        }
    }
    // dbt tells an interrupted run's failures before it counts what ran.
    if interrupted {
        add_outcome(lines, results, true);
        add_counts(lines, results, elapsed);
    } else {
        add_counts(lines, results, elapsed);
        add_outcome(lines, results, false);
    }
}

fn add_counts(lines: &mut Lines<'_>, results: &[Arc<NodeResult>], elapsed: f64) {
    let counts = counts_for_people(results.iter().map(|result| &result.subject));
    let words = duration_in_words(elapsed);
    lines.blank(LogLevel::Info);
    let text = format!("Finished running {counts}{words} ({elapsed:.2}s).");
    lines.add(
        ("FinishedRunningStats", "E047", LogLevel::Info),
        text,
        || json!({ "stat_line": counts, "execution": words, "execution_time": elapsed }),
    );
}

fn add_freshness(lines: &mut Lines<'_>, results: &[Arc<NodeResult>]) {
    for result in results {
        if matches!(result.status, NodeStatus::Error | NodeStatus::RuntimeError) {
            add_problem(lines, result, true, false);
        }
    }
    lines.add(("FreshnessCheckComplete", "Q003", LogLevel::Info), "Done.", || json!({}));
}

fn add_outcome(lines: &mut Lines<'_>, results: &[Arc<NodeResult>], interrupted: bool) {
    let errors: Vec<_> = results.iter().filter(|result| counts_as_error(result)).collect();
    let warnings: Vec<_> = results.iter().filter(|result| result.status == NodeStatus::Warn).collect();
    let partial = results.iter().filter(|result| result.status == NodeStatus::PartialSuccess).count();
    lines.blank(LogLevel::Info);
    let text = outcome_text(lines, errors.len(), partial, warnings.len(), interrupted);
    lines.add(("EndOfRunSummary", "Z030", LogLevel::Info), text, || {
        json!({
            "num_errors": errors.len(), "num_warnings": warnings.len(), "num_partial_success": partial,
            "keyboard_interrupt": interrupted,
        })
    });
    for error in errors {
        add_problem(lines, error, true, false);
    }
    for warning in warnings {
        add_problem(lines, warning, true, true);
    }
    add_totals(lines, results);
}

/// Failures, and skips that say why: only a failure before them can have caused those.
fn counts_as_error(result: &NodeResult) -> bool {
    match result.status {
        NodeStatus::Error | NodeStatus::Fail | NodeStatus::RuntimeError => true,
        NodeStatus::Skipped => {
            result.message.as_deref().is_some_and(|message| !message.is_empty())
                && result.subject.resource_type() != ResourceType::Exposure
        }
        _ => false,
    }
}

fn outcome_text(lines: &Lines<'_>, errors: usize, partial: usize, warnings: usize, interrupted: bool) -> String {
    let partials = format!("{partial} partial {}", if partial == 1 { "success" } else { "successes" });
    let warning_count = counted(warnings, "warning");
    if interrupted {
        lines.palette.yellow("Exited because of keyboard interrupt")
    } else if errors > 0 {
        let errors = counted(errors, "error");
        lines.palette.red(&format!("Completed with {errors}, {partials}, and {warning_count}:"))
    } else if partial > 0 {
        lines.palette.yellow(&format!("Completed with {partials} and {warning_count}"))
    } else if warnings > 0 {
        lines.palette.yellow(&format!("Completed with {warning_count}:"))
    } else {
        lines.palette.green("Completed successfully")
    }
}

/// Tells one failure or warning: what, why, where its SQL is, and where its failing rows are.
pub(super) fn add_problem(lines: &mut Lines<'_>, result: &NodeResult, newline: bool, is_warning: bool) {
    let failed = matches!(result.status, NodeStatus::Fail | NodeStatus::Error);
    if failed || (is_warning && result.status == NodeStatus::Warn) {
        if newline {
            lines.blank(LogLevel::Info);
        }
        add_headline(lines, result, is_warning);
        add_reason(lines, result, is_warning);
        if let Some(diagnostic) = &result.diagnostic {
            lines.diagnostic(diagnostic);
        }
        add_whereabouts(lines, result);
    } else if let Some(message) = &result.message {
        let skipped = result.status == NodeStatus::Skipped;
        if newline {
            lines.blank(if skipped { LogLevel::Debug } else { LogLevel::Info });
        }
        let level = if skipped { LogLevel::Debug } else { LogLevel::Error };
        lines.add(
            ("RunResultError", "Z024", level),
            format!("  {message}"),
            || json!({ "msg": message, "node_info": subject_info(&result.subject, &Moment::AFTERWARDS) }),
        );
        if let Some(diagnostic) = result.diagnostic.as_ref().filter(|_| result.status == NodeStatus::RuntimeError) {
            lines.diagnostic(diagnostic);
        }
    }
}

fn add_headline(lines: &mut Lines<'_>, result: &NodeResult, is_warning: bool) {
    let subject = &result.subject;
    let about = format!("{} {} ({})", subject.resource_type(), subject.name(), subject.original_file_path());
    let (kind, text) = if is_warning {
        let text = lines.palette.yellow(&format!("Warning in {about}"));
        (("RunResultWarning", "Z021", LogLevel::Warn), text)
    } else {
        let text = lines.palette.red(&format!("Failure in {about}"));
        (("RunResultFailure", "Z022", LogLevel::Error), text)
    };
    lines.add(kind, text, || {
        json!({
            "resource_type": subject.resource_type().as_str(), "node_name": subject.name(),
            "path": subject.original_file_path(), "node_info": subject_info(subject, &Moment::AFTERWARDS),
        })
    });
}

fn add_reason(lines: &mut Lines<'_>, result: &NodeResult, is_warning: bool) {
    let info = || subject_info(&result.subject, &Moment::AFTERWARDS);
    match result.message.as_deref().filter(|message| !message.is_empty()) {
        Some(message) if is_warning => {
            lines.add(
                ("RunResultWarningMessage", "Z046", LogLevel::Warn),
                message,
                || json!({ "msg": message, "node_info": info() }),
            );
        }
        Some(message) => lines.add(
            ("RunResultError", "Z024", LogLevel::Error),
            format!("  {message}"),
            || json!({ "msg": message, "node_info": info() }),
        ),
        None => {
            let status = result.status.as_str();
            lines.add(
                ("RunResultErrorNoMessage", "Z025", LogLevel::Error),
                format!("  Status: {status}"),
                || json!({ "status": status, "node_info": info() }),
            );
        }
    }
}

fn add_whereabouts(lines: &mut Lines<'_>, result: &NodeResult) {
    let Some(compiled) = &result.compiled else { return };
    let info = || subject_info(&result.subject, &Moment::AFTERWARDS);
    if let Some(path) = &compiled.compiled_path {
        lines.blank(LogLevel::Info);
        lines.add(
            ("SQLCompiledPath", "Z026", LogLevel::Info),
            format!("  compiled code at {path}"),
            || json!({ "path": &**path, "node_info": info() }),
        );
    }
    // A test has a relation only when it stores its failing rows there.
    let stored = compiled.relation_name.as_ref().filter(|_| result.subject.resource_type() == ResourceType::DataTest);
    if let Some(relation) = stored {
        let query = format!("select * from {relation}");
        let border = "-".repeat(query.chars().count());
        let text = format!("  See test failures:\n  {border}\n  {query}\n  {border}");
        lines.blank(LogLevel::Info);
        lines.add(
            ("CheckNodeTestFailure", "Z027", LogLevel::Info),
            text,
            || json!({ "relation_name": relation, "node_info": info() }),
        );
    }
}

fn add_totals(lines: &mut Lines<'_>, results: &[Arc<NodeResult>]) {
    let (mut pass, mut warn, mut error, mut skip, mut noop) = (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
    for result in results {
        match result.status {
            NodeStatus::Pass | NodeStatus::Success => pass += 1,
            NodeStatus::Warn => warn += 1,
            NodeStatus::Skipped => skip += 1,
            NodeStatus::NoOp => noop += 1,
            NodeStatus::Error | NodeStatus::Fail | NodeStatus::PartialSuccess | NodeStatus::RuntimeError => error += 1,
        }
    }
    let total = results.len();
    lines.blank(LogLevel::Info);
    let text = format!("Done. PASS={pass} WARN={warn} ERROR={error} SKIP={skip} NO-OP={noop} TOTAL={total}");
    lines.add(("StatsLine", "Z023", LogLevel::Info), text, || {
        json!({ "stats": {
            "pass": pass, "warn": warn, "error": error, "skip": skip, "noop": noop, "total": total,
        } })
    });
}
