//! One diagnostic as text for a terminal, in the style of rustc (crate `annotate-snippets`).

use super::{Diagnostic, Label, Severity, SourceMap};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::sync::Arc;

/// Whether the text carries ANSI colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenderStyle {
    /// No escape codes.
    Plain,
    /// ANSI colours.
    Coloured,
}

/// Renders `diagnostic` with the source lines it points at; ends without a newline.
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, style: RenderStyle) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    for (text, labels) in by_file(diagnostic, sources) {
        let path = labels[0].1.span.file.to_string();
        group = match text {
            Some(text) => {
                let annotations = labels
                    .iter()
                    .filter(|(_, label)| label.span.end > 0)
                    .map(|(kind, label)| annotation(*kind, label, &text));
                let annotations: Vec<_> = annotations.collect();
                if annotations.is_empty() {
                    group.element(Origin::path(path))
                } else {
                    group.element(Snippet::source(text.to_string()).path(path).annotations(annotations))
                }
            }
            None => group.element(Origin::path(path)),
        };
    }
    for hint in &diagnostic.hints {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    // Where nobody had better advice, the page about the code is the next step.
    if diagnostic.hints.is_empty() && diagnostic.is_error() {
        group = group.element(Level::HELP.message(format!("`meshbuild explain {}` says more", diagnostic.code)));
    }
    if let Some(node) = &diagnostic.node {
        group = group.element(Level::NOTE.message(format!("in {node}")));
    }
    let renderer = match style {
        RenderStyle::Plain => Renderer::plain(),
        RenderStyle::Coloured => Renderer::styled(),
    };
    renderer.decor_style(DecorStyle::Ascii).render(&[group])
}

type FileLabels<'a> = (Option<Arc<str>>, Vec<(AnnotationKind, &'a Label)>);

fn by_file<'a>(diagnostic: &'a Diagnostic, sources: &SourceMap) -> Vec<FileLabels<'a>> {
    let primary = diagnostic.primary.iter().map(|label| (AnnotationKind::Primary, label));
    let secondary = diagnostic.secondary.iter().map(|label| (AnnotationKind::Context, label));
    let mut files: Vec<FileLabels<'a>> = Vec::new();
    for (kind, label) in primary.chain(secondary) {
        match files.iter_mut().find(|(_, labels)| labels[0].1.span.file == label.span.file) {
            Some((_, labels)) => labels.push((kind, label)),
            None => files.push((sources.text(&label.span.file), vec![(kind, label)])),
        }
    }
    files
}

fn annotation<'a>(kind: AnnotationKind, label: &'a Label, text: &str) -> Annotation<'a> {
    let end = floor_char_boundary(text, label.span.end);
    let start = floor_char_boundary(text, label.span.start).min(end);
    let annotation = kind.span(start..end);
    if label.message.is_empty() { annotation } else { annotation.label(label.message.as_str()) }
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
