//! The templates of `re.sub`: `\1`, `\g<name>` and escapes.

use crate::jinja::value::error::{Outcome, error};

use super::pattern::{Captures, Compiled};

/// A part of a template.
#[derive(Debug)]
enum Part {
    Text(String),
    Group(usize),
}

/// A parsed template.
#[derive(Debug)]
pub(super) struct Template(Vec<Part>);

impl Template {
    /// Parses the template of a replacement in matches of a pattern.
    ///
    /// # Errors
    /// Groups that the pattern does not have, and unknown escapes.
    pub(super) fn parse(template: &str, pattern: &Compiled) -> Outcome<Template> {
        let (mut parts, mut text) = (Vec::new(), String::new());
        let mut rest = template;
        while let Some(index) = rest.find('\\') {
            text.push_str(&rest[..index]);
            rest = &rest[index + 1..];
            let Some(character) = rest.chars().next() else {
                return Err(error("bad escape (end of pattern)"));
            };
            let position = template[..template.len() - rest.len()].chars().count();
            let group = match character {
                'g' => {
                    let (name, after) = group_name(rest)?;
                    rest = after;
                    Some(number_of(name, pattern, position + 2)?)
                }
                '1'..='9' => {
                    let width = 1 + usize::from(rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit));
                    let number = rest[..width].parse().unwrap_or(0);
                    rest = &rest[width..];
                    Some(checked(number, pattern, position)?)
                }
                _ => {
                    rest = &rest[character.len_utf8()..];
                    text.push_str(&escaped(character)?);
                    None
                }
            };
            if let Some(group) = group {
                parts.push(Part::Text(std::mem::take(&mut text)));
                parts.push(Part::Group(group));
            }
        }
        text.push_str(rest);
        parts.push(Part::Text(text));
        Ok(Template(parts))
    }

    /// The template with the groups of one match; groups that did not take part are empty.
    pub(super) fn expand(&self, out: &mut String, captures: &Captures<'_>) {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(group) => out.push_str(captures.get(*group).map_or("", |group| group.as_str())),
            }
        }
    }
}

fn group_name(rest: &str) -> Outcome<(&str, &str)> {
    let name = rest.strip_prefix("g<").ok_or_else(|| error("missing <"))?;
    name.split_once('>').ok_or_else(|| error("missing >, unterminated name"))
}

fn number_of(name: &str, pattern: &Compiled, position: usize) -> Outcome<usize> {
    match name.parse() {
        Ok(number) => checked(number, pattern, position),
        Err(_) => pattern.group_of(name).ok_or_else(|| error(format!("unknown group name '{name}'"))),
    }
}

fn checked(number: usize, pattern: &Compiled, position: usize) -> Outcome<usize> {
    match number <= pattern.groups() {
        true => Ok(number),
        false => Err(error(format!("invalid group reference {number} at position {position}"))),
    }
}

fn escaped(character: char) -> Outcome<String> {
    Ok(match character {
        'n' => "\n".to_string(),
        't' => "\t".to_string(),
        'r' => "\r".to_string(),
        'a' => "\x07".to_string(),
        'b' => "\x08".to_string(),
        'f' => "\x0c".to_string(),
        'v' => "\x0b".to_string(),
        '0' => "\0".to_string(),
        '\\' => "\\".to_string(),
        letter if letter.is_ascii_alphabetic() => return Err(error(format!("bad escape \\{letter}"))),
        other => format!("\\{other}"),
    })
}
