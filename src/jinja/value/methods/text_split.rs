//! The methods of `str` that cut it into pieces.

use minijinja::value::Value;

use crate::jinja::value::arguments::Arguments;
use crate::jinja::value::error::{Outcome, error};
use crate::jinja::value::{list, text_of, tuple, type_name};

use super::list::place;
use super::text::{is_space, text_argument};

fn texts(pieces: Vec<&str>) -> Value {
    list(pieces.into_iter().map(Value::from).collect())
}

/// `split` and `rsplit`.
pub(super) fn split(text: &str, name: &str, arguments: Arguments<'_>) -> Outcome {
    let [separator, limit] = arguments.bind(name, ["sep", "maxsplit"], 0)?;
    let limit = limit.map_or(Ok(-1), |limit| place(&limit, 0))?;
    let limit = usize::try_from(limit).ok();
    let separator = separator.filter(|separator| !separator.is_none());
    let Some(separator) = separator else {
        return Ok(texts(match (limit, name) {
            (None, _) => text.split(is_space).filter(|piece| !piece.is_empty()).collect(),
            (Some(limit), "split") => words(text, limit),
            (Some(limit), _) => words_from_end(text, limit),
        }));
    };
    let wrong_type = || error(format!("must be str or None, not {}", type_name(&separator)));
    let separator = text_of(&separator).ok_or_else(wrong_type)?;
    if separator.is_empty() {
        return Err(error("empty separator"));
    }
    Ok(texts(match (limit, name) {
        (None, _) => text.split(separator).collect(),
        (Some(limit), "split") => text.splitn(limit + 1, separator).collect(),
        (Some(limit), _) => {
            let mut pieces: Vec<&str> = text.rsplitn(limit + 1, separator).collect();
            pieces.reverse();
            pieces
        }
    }))
}

/// Words, and what is left after `limit` of them.
fn words(text: &str, limit: usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text.trim_start_matches(is_space));
    while !rest.is_empty() && pieces.len() < limit {
        let end = rest.find(is_space).unwrap_or(rest.len());
        pieces.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(is_space);
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The same from the end.
fn words_from_end(text: &str, limit: usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text.trim_end_matches(is_space));
    while !rest.is_empty() && pieces.len() < limit {
        let start = rest.char_indices().rev().find(|(_, character)| is_space(*character));
        let start = start.map_or(0, |(index, character)| index + character.len_utf8());
        pieces.push(&rest[start..]);
        rest = rest[..start].trim_end_matches(is_space);
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces.reverse();
    pieces
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The lines of a text, without their ends.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    line_pieces(text, false)
}

fn line_pieces(text: &str, keep_ends: bool) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(end) = rest.find(is_line_end) {
        let width = match rest[end..].starts_with("\r\n") {
            true => 2,
            false => rest[end..].chars().next().map_or(1, char::len_utf8),
        };
        pieces.push(&rest[..if keep_ends { end + width } else { end }]);
        rest = &rest[end + width..];
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// `splitlines`
pub(super) fn split_lines(text: &str, arguments: Arguments<'_>) -> Outcome {
    let [keep_ends] = arguments.bind("splitlines", ["keepends"], 0)?;
    Ok(texts(line_pieces(text, keep_ends.is_some_and(|keep| keep.is_true()))))
}

/// `partition` and `rpartition`.
pub(super) fn partition(text: &str, name: &str, arguments: Arguments<'_>) -> Outcome {
    let separator = text_argument(arguments.one(&format!("str.{name}"))?, name)?;
    if separator.is_empty() {
        return Err(error("empty separator"));
    }
    let from_start = name == "partition";
    let parts = match if from_start { text.split_once(separator) } else { text.rsplit_once(separator) } {
        Some((before, after)) => [before, separator, after],
        None if from_start => [text, "", ""],
        None => ["", "", text],
    };
    Ok(tuple(parts.map(Value::from).to_vec()))
}
