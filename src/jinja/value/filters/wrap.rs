//! Jinja2's `wordwrap`: lines broken as Python's `textwrap` breaks them.

use std::sync::LazyLock;

use fancy_regex::Regex;
use minijinja::value::Value;

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::error::{Outcome, error};
use crate::jinja::value::methods::text_split::lines;
use crate::jinja::value::to_str;

/// The pieces that a line may be broken between, with breaks after hyphens: runs of spaces, dashes between words, and
/// words up to a hyphen between letters. The rules are those of `textwrap.TextWrapper.wordsep_re`.
static PIECES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let space = r"[\t\n\x0b\x0c\r ]";
    let solid = r"[^\t\n\x0b\x0c\r ]";
    let mark = r#"[\w!"'&.,?]"#;
    let letter = r"[^\d\W]";
    let hyphen = format!(r"-(?:(?<={letter}{letter}-)|(?<={letter}-{mark}-))(?={letter}-?{letter})");
    let end = format!(r"(?={space}|\z)");
    let dashes = format!(r"(?<={mark})(?=-{{2,}}\w)");
    Regex::new(&format!(r"{space}+|(?<={mark})-{{2,}}(?=\w)|{solid}+?(?:{hyphen}|{end}|{dashes})")).ok()
});

struct Style {
    width: usize,
    break_long_words: bool,
    break_on_hyphens: bool,
}

/// The filter.
pub(super) fn word_wrap(value: &Value, arguments: Arguments<'_>) -> Outcome {
    let names = ["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let [width, break_long_words, wrap_string, break_on_hyphens] =
        arguments.after_implicit().bind("do_wordwrap", names, 0)?;
    let width = width.map_or(Some(79), |width| width.as_i64()).unwrap_or(79);
    let is_set = |value: Option<Value>| value.is_none_or(|value| value.is_true());
    if width <= 0 {
        return Err(error(format!("invalid width {width} (must be > 0)")));
    }
    let style = Style {
        width: usize::try_from(width).unwrap_or(79),
        break_long_words: is_set(break_long_words),
        break_on_hyphens: is_set(break_on_hyphens),
    };
    let joined_by = wrap_string.filter(|text| text.is_true()).map_or_else(|| "\n".to_string(), |text| to_str(&text));
    let text = to_str(value);
    let wrapped: Vec<String> = lines(&text).into_iter().map(|line| wrap(line, &style).join(&joined_by)).collect();
    Ok(Value::from(wrapped.join(&joined_by)))
}

fn pieces(line: &str, style: &Style) -> Vec<String> {
    match PIECES.as_ref() {
        Some(pattern) if style.break_on_hyphens => {
            pattern.find_iter(line).filter_map(|found| found.ok().map(|found| found.as_str().to_string())).collect()
        }
        _ => {
            let mut pieces: Vec<String> = Vec::new();
            for character in line.chars() {
                let is_space = character.is_ascii_whitespace();
                match pieces.last_mut() {
                    Some(last) if last.starts_with(|first: char| first.is_ascii_whitespace()) == is_space => {
                        last.push(character);
                    }
                    _ => pieces.push(character.to_string()),
                }
            }
            pieces
        }
    }
}

fn is_blank(piece: &str) -> bool {
    piece.trim().is_empty()
}

fn wrap(line: &str, style: &Style) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let mut rest: std::collections::VecDeque<String> = pieces(line, style).into();
    while !rest.is_empty() {
        if !wrapped.is_empty() && rest.front().is_some_and(|piece| is_blank(piece)) {
            rest.pop_front();
        }
        let (mut current, mut length) = (Vec::new(), 0);
        while let Some(piece) = rest.front() {
            let size = piece.chars().count();
            if length + size > style.width {
                break;
            }
            length += size;
            current.extend(rest.pop_front());
        }
        if rest.front().is_some_and(|piece| piece.chars().count() > style.width) {
            long_word(&mut rest, &mut current, length, style);
        }
        if current.last().is_some_and(|piece: &String| is_blank(piece)) {
            current.pop();
        }
        if !current.is_empty() {
            wrapped.push(current.concat());
        }
    }
    wrapped
}

/// Takes what fits of a word that is longer than a line.
fn long_word(rest: &mut std::collections::VecDeque<String>, current: &mut Vec<String>, length: usize, style: &Style) {
    if !style.break_long_words {
        if current.is_empty() {
            current.extend(rest.pop_front());
        }
        return;
    }
    let Some(word) = rest.front_mut() else { return };
    let room = (style.width - length.min(style.width)).max(usize::from(length == 0));
    let mut end = room;
    if style.break_on_hyphens && word.chars().count() > room {
        let head: Vec<char> = word.chars().take(room).collect();
        let hyphen = head.iter().rposition(|character| *character == '-');
        if let Some(hyphen) = hyphen.filter(|hyphen| *hyphen > 0 && head[..*hyphen].iter().any(|other| *other != '-')) {
            end = hyphen + 1;
        }
    }
    current.push(word.chars().take(end).collect());
    *word = word.chars().skip(end).collect();
}
