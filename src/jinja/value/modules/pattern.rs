//! Python's regular expressions on fancy-regex: what is written differently is translated, and compiled ones are kept.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;
use std::sync::{Arc, LazyLock, Mutex};

use fancy_regex::Regex;

use crate::jinja::value::error::{Outcome, error};
use crate::jinja::value::lock;

pub(super) const IGNORE_CASE: u32 = 2;
pub(super) const MULTI_LINE: u32 = 8;
pub(super) const DOT_ALL: u32 = 16;
pub(super) const VERBOSE: u32 = 64;

/// How many compiled patterns are kept.
const CACHE_SIZE: usize = 512;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Compiled {
    /// As written.
    pub source: String,
    pub flags: u32,
    search: Regex,
    /// Anchored at the start, and at both ends.
    prefix: Regex,
    full: Regex,
}

/// The groups of a match in a text.
pub(super) type Captures<'t> = fancy_regex::Captures<'t, str>;

/// Where a match may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Search,
    Match,
    FullMatch,
}

type Cache = Mutex<HashMap<(String, u32), Arc<Compiled>>>;
static CACHE: LazyLock<Cache> = LazyLock::new(Cache::default);

/// Compiles a pattern, or takes it from those that were compiled before.
///
/// # Errors
/// A pattern that cannot be compiled.
pub(super) fn compile(source: &str, flags: u32) -> Outcome<Arc<Compiled>> {
    let key = (source.to_string(), flags);
    if let Some(compiled) = lock(&CACHE).get(&key) {
        return Ok(compiled.clone());
    }
    let compiled = Arc::new(Compiled::new(source, flags)?);
    let mut cache = lock(&CACHE);
    if cache.len() >= CACHE_SIZE {
        cache.clear();
    }
    cache.insert(key, compiled.clone());
    Ok(compiled)
}

impl Compiled {
    fn new(source: &str, flags: u32) -> Outcome<Compiled> {
        let translated = translate(source, flags)?;
        let regex = |text: String| Regex::new(&text).map_err(|failure| error(failure.to_string()));
        Ok(Compiled {
            source: source.to_string(),
            flags,
            search: regex(translated.clone())?,
            prefix: regex(format!(r"\A(?:{translated})"))?,
            full: regex(format!(r"\A(?:{translated})\z"))?,
        })
    }

    /// The first match at or after a byte position.
    ///
    /// # Errors
    /// A pattern that backtracks too much on this text.
    pub(super) fn find<'t>(&self, text: &'t str, from: usize, mode: Mode) -> Outcome<Option<Captures<'t>>> {
        let regex = match mode {
            Mode::Search => &self.search,
            Mode::Match => &self.prefix,
            Mode::FullMatch => &self.full,
        };
        regex.captures_from_pos(text, from).map_err(|failure| error(failure.to_string()))
    }

    /// All matches from left to right. As in Python one may be empty right after another, but not after an empty one.
    ///
    /// # Errors
    /// As [`Compiled::find`].
    pub(super) fn find_all<'t>(&self, text: &'t str, limit: usize) -> Outcome<Vec<Captures<'t>>> {
        let (mut found, mut from, mut empty_at) = (Vec::new(), 0, None);
        while found.len() < limit && from <= text.len() {
            let Some(captures) = self.find(text, from, Mode::Search)? else { break };
            let Some(whole) = captures.get(0) else { break };
            let (start, end) = (whole.start(), whole.end());
            if start == end && empty_at == Some(start) {
                let Some(next) = text[start..].chars().next() else { break };
                from = start + next.len_utf8();
                empty_at = None;
                continue;
            }
            empty_at = (start == end).then_some(end);
            from = end;
            found.push(captures);
        }
        Ok(found)
    }

    /// How many groups the pattern has.
    pub(super) fn groups(&self) -> usize {
        self.search.captures_len() - 1
    }

    /// The names of the groups, nothing for those without.
    pub(super) fn names(&self) -> Vec<Option<&str>> {
        self.search.capture_names().skip(1).collect()
    }

    /// The number of the group of this name.
    pub(super) fn group_of(&self, name: &str) -> Option<usize> {
        self.search.capture_names().position(|known| known == Some(name))
    }
}

/// Writes a pattern as fancy-regex reads it.
fn translate(source: &str, flags: u32) -> Outcome<String> {
    let mut out = String::with_capacity(source.len() + 8);
    let mut letters = String::new();
    for (flag, letter) in [(IGNORE_CASE, 'i'), (MULTI_LINE, 'm'), (DOT_ALL, 's'), (VERBOSE, 'x')] {
        if flags & flag != 0 {
            letters.push(letter);
        }
    }
    if !letters.is_empty() {
        out.push_str(&format!("(?{letters})"));
    }
    let multi_line = flags & MULTI_LINE != 0 || has_inline_flag(source, 'm');
    let mut characters = source.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => escape(&mut out, &mut characters, false)?,
            '[' => class(&mut out, &mut characters)?,
            // Python's `$` also matches before a line end at the end of the text.
            '$' if !multi_line => out.push_str(r"(?=\n?\z)"),
            '{' => repetition(&mut out, &mut characters),
            '(' => {
                out.push('(');
                inline_flags(&mut out, &mut characters);
            }
            _ => out.push(character),
        }
    }
    Ok(out)
}

fn has_inline_flag(source: &str, flag: char) -> bool {
    let letters = source.strip_prefix("(?").and_then(|rest| rest.split(')').next());
    letters.is_some_and(|letters| letters.chars().all(|letter| letter.is_ascii_lowercase()) && letters.contains(flag))
}

/// Drops the flags of `(?au)` that fancy-regex does not know; text is always Unicode.
fn inline_flags(out: &mut String, characters: &mut Peekable<Chars<'_>>) {
    let rest: String = characters.clone().take_while(|character| !matches!(character, ')' | ':')).collect();
    let Some(letters) = rest.strip_prefix('?') else { return };
    if letters.is_empty()
        || !letters.chars().all(|letter| matches!(letter, 'a' | 'i' | 'L' | 'm' | 's' | 'u' | 'x' | '-'))
    {
        return;
    }
    for _ in 0..rest.chars().count() {
        characters.next();
    }
    out.push('?');
    out.extend(letters.chars().filter(|letter| !matches!(letter, 'a' | 'u' | 'L')));
}

/// A brace that repeats nothing stands for itself; `{,3}` starts at zero.
fn repetition(out: &mut String, characters: &mut Peekable<Chars<'_>>) {
    let body: String = characters.clone().take_while(|character| *character != '}').collect();
    let closed = characters.clone().nth(body.chars().count()) == Some('}');
    let (low, high) = body.split_once(',').unwrap_or((&body, &body));
    let is_number = |text: &str| text.chars().all(|character| character.is_ascii_digit());
    if closed && is_number(low) && is_number(high) && !(low.is_empty() && high.is_empty()) {
        out.push('{');
        if low.is_empty() {
            out.push('0');
        }
    } else {
        out.push_str(r"\{");
    }
}

fn class(out: &mut String, characters: &mut Peekable<Chars<'_>>) -> Outcome<()> {
    out.push('[');
    if characters.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    if characters.next_if_eq(&']').is_some() {
        out.push_str(r"\]");
    }
    loop {
        match characters.next() {
            None => return Err(error("unterminated character set")),
            Some(']') => break,
            Some('\\') => escape(out, characters, true)?,
            // Nested sets and set operations are not Python's.
            Some(character @ ('[' | '&' | '~')) => {
                out.push('\\');
                out.push(character);
            }
            Some('-') if characters.peek() == Some(&'-') => out.push_str(r"\-"),
            Some(character) => out.push(character),
        }
    }
    out.push(']');
    Ok(())
}

fn escape(out: &mut String, characters: &mut Peekable<Chars<'_>>, in_class: bool) -> Outcome<()> {
    let Some(character) = characters.next() else { return Err(error("bad escape (end of pattern)")) };
    match character {
        'Z' if !in_class => out.push_str(r"\z"),
        'b' if in_class => out.push_str(r"\x08"),
        '0' => out.push_str(r"\x00"),
        'a' => out.push_str(r"\x07"),
        ' ' => out.push_str(r"\x20"),
        '\n' => out.push_str(r"\n"),
        '\'' | '"' | '<' | '>' | '/' | '%' | ',' | ':' | ';' | '=' | '@' | '_' | '`' | '!' => out.push(character),
        _ if !character.is_ascii() => out.push(character),
        _ => {
            out.push('\\');
            out.push(character);
        }
    }
    Ok(())
}
