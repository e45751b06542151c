//! One value of an option: from text, by the rules of click's types (`click/types.py`).

use super::option::{Kind, OptionSpec};
use chrono::{NaiveDate, NaiveDateTime};
use serde_json::Value;

/// Why a text is not a value; the words are click's.
pub(super) type Reason = String;

/// What an option's `words` on the command line mean. Flags do not come here.
pub(super) fn from_words(spec: &OptionSpec, words: Vec<String>) -> Result<Value, Reason> {
    if spec.kind.takes_words() {
        return list(spec.kind, words);
    }
    // of a repeated option the last one holds
    words.last().map_or(Ok(Value::Null), |text| from_text(spec.kind, text))
}

/// What the text of an environment variable means.
pub(super) fn from_variable(spec: &OptionSpec, text: &str) -> Result<Value, Reason> {
    match spec.kind {
        Kind::Words | Kind::ChoiceWords(_) => list(spec.kind, text.split_whitespace().map(str::to_owned).collect()),
        Kind::Flag | Kind::Switch(_) => boolean(text).map(Value::Bool),
        kind => from_text(kind, text),
    }
}

/// Click's booleans.
pub(super) fn boolean(text: &str) -> Result<bool, Reason> {
    match text.trim().to_lowercase().as_str() {
        "1" | "yes" | "true" | "on" | "t" | "y" => Ok(true),
        "" | "0" | "no" | "false" | "off" | "f" | "n" => Ok(false),
        _ => Err(format!(
            "'{text}' is not a valid boolean. Recognized values: , 0, 1, f, false, n, no, off, on, t, true, y, yes"
        )),
    }
}

fn from_text(kind: Kind, text: &str) -> Result<Value, Reason> {
    match kind {
        Kind::Integer { least } => integer(text, least),
        Kind::Choice(words) => choice(words, text).map(Value::from),
        Kind::Time => time(text),
        _ => Ok(Value::from(text)),
    }
}

fn integer(text: &str, least: i64) -> Result<Value, Reason> {
    let number: i64 = text.trim().parse().map_err(|_| format!("'{text}' is not a valid integer."))?;
    if number < least {
        return Err(format!("{number} is not in the range x>={least}."));
    }
    Ok(Value::from(number))
}

/// A time in one of click's three forms, as ISO 8601.
fn time(text: &str) -> Result<Value, Reason> {
    const FORMS: [&str; 2] = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"];
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    let time = day.or_else(|| FORMS.into_iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()));
    time.map(|time| Value::from(time.format(FORMS[0]).to_string())).ok_or_else(|| {
        format!("'{text}' does not match the formats '%Y-%m-%d', '%Y-%m-%dT%H:%M:%S', '%Y-%m-%d %H:%M:%S'.")
    })
}

fn choice(words: &'static [&'static str], text: &str) -> Result<&'static str, Reason> {
    words.iter().copied().find(|word| word.eq_ignore_ascii_case(text)).ok_or_else(|| {
        let list: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
        format!("'{text}' is not one of {}.", list.join(", "))
    })
}

fn list(kind: Kind, words: Vec<String>) -> Result<Value, Reason> {
    let mut list = Vec::with_capacity(words.len());
    for word in words {
        list.push(match kind {
            Kind::ChoiceWords(allowed) => choice(allowed, &word)?.to_owned(),
            _ => word,
        });
    }
    Ok(Value::from(list))
}
