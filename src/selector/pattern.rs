//! Wildcards as Python has them: `fnmatch` for names, `Path.glob` for paths.
//!
//! Not `globset`: there an unclosed bracket is an error, braces are alternatives and `**` is special everywhere.
//! Source: <https://docs.python.org/3/library/fnmatch.html>, <https://docs.python.org/3/library/pathlib.html#pathlib.Path.glob>.

/// A name with the wildcards `*`, `?`, `[seq]` and `[!seq]`; matched with regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    One(char),
    AnyOne,
    AnyRun,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Part {
    fn accepts(&self, character: char) -> bool {
        match self {
            Part::One(expected) => *expected == character,
            Part::AnyOne => true,
            Part::AnyRun => false,
            Part::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
            }
        }
    }
}

impl Pattern {
    /// The pattern written as `text`. Every text is a pattern: a bracket that is never closed means itself.
    pub fn new(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let mut parts = Vec::new();
        let mut at = 0;
        while at < characters.len() {
            let class_end = if characters[at] == '[' { class_end(&characters, at) } else { None };
            parts.push(match (characters[at], class_end) {
                ('*', _) => Part::AnyRun,
                ('?', _) => Part::AnyOne,
                ('[', Some(end)) => {
                    let part = class(&characters[at + 1..end]);
                    at = end;
                    part
                }
                (other, _) => Part::One(other),
            });
            at += 1;
        }
        parts.dedup_by(|next, previous| *next == Part::AnyRun && *previous == Part::AnyRun);
        Pattern { text: text.to_string(), parts }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        let characters: Vec<char> = text.chars().collect();
        let (mut part, mut at) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match self.parts.get(part) {
                Some(Part::AnyRun) => {
                    retry = Some((part, at));
                    part += 1;
                    continue;
                }
                Some(other) if characters.get(at).is_some_and(|character| other.accepts(*character)) => {
                    part += 1;
                    at += 1;
                    continue;
                }
                None if at == characters.len() => return true,
                _ => {}
            }
            // Let the last run take one character more.
            match retry {
                Some((run, from)) if from < characters.len() => {
                    retry = Some((run, from + 1));
                    part = run + 1;
                    at = from + 1;
                }
                _ => return false,
            }
        }
    }
}

/// Place of the bracket that closes the one at `start`; the first character inside may be a bracket itself.
fn class_end(characters: &[char], start: usize) -> Option<usize> {
    let mut first = start + 1;
    if characters.get(first) == Some(&'!') {
        first += 1;
    }
    if characters.get(first) == Some(&']') {
        first += 1;
    }
    (first..characters.len()).find(|at| characters[*at] == ']')
}

fn class(inside: &[char]) -> Part {
    let (negated, inside) = match inside.split_first() {
        Some(('!', rest)) => (true, rest),
        _ => (false, inside),
    };
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < inside.len() {
        match inside.get(at..at + 3) {
            Some([low, '-', high]) => {
                // A range that runs backwards holds nothing.
                if low <= high {
                    ranges.push((*low, *high));
                }
                at += 3;
            }
            _ => {
                ranges.push((inside[at], inside[at]));
                at += 1;
            }
        }
    }
    Part::Class { negated, ranges }
}

/// A path with wildcards in its segments; `**` stands for any number of folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Name(Pattern),
    Folders,
}

impl PathPattern {
    /// The pattern written as `text`, with forward slashes; empty and `.` segments count for nothing.
    pub fn new(text: &str) -> Self {
        let mut segments: Vec<Segment> = path_segments(text)
            .map(|segment| if segment == "**" { Segment::Folders } else { Segment::Name(Pattern::new(segment)) })
            .collect();
        segments.dedup_by(|next, previous| *next == Segment::Folders && *previous == Segment::Folders);
        PathPattern { text: text.to_string(), segments }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether `path` itself matches.
    pub fn matches(&self, path: &str) -> bool {
        self.matched_lengths(path).last().is_some_and(|matched| *matched)
    }

    /// Whether `path` or a folder that it is in matches, and is one that `counts`. The root itself is the empty path.
    pub fn matches_within(&self, path: &str, counts: impl Fn(&str) -> bool) -> bool {
        let matched = self.matched_lengths(path);
        prefixes(path).zip(matched).any(|(prefix, is_match)| is_match && counts(prefix))
    }

    /// For every number of leading segments of `path` (from none to all) whether they match the whole pattern.
    fn matched_lengths(&self, path: &str) -> Vec<bool> {
        let names: Vec<&str> = path_segments(path).collect();
        let mut reached = vec![false; names.len() + 1];
        reached[0] = true;
        for segment in &self.segments {
            let mut next = vec![false; names.len() + 1];
            for length in 0..=names.len() {
                next[length] = match segment {
                    Segment::Folders => reached[length] || (length > 0 && next[length - 1]),
                    Segment::Name(pattern) => length > 0 && reached[length - 1] && pattern.matches(names[length - 1]),
                };
            }
            reached = next;
        }
        reached
    }
}

/// The root, every folder above `path` from the outside in, and `path` itself.
pub(super) fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let slashes = path.match_indices('/').map(|(place, _)| place).filter(|place| *place > 0);
    std::iter::once("").chain(slashes.chain([path.len()]).map(|end| &path[..end]))
}

fn path_segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty() && *segment != ".")
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
