//! CSV as Python's `csv.reader` reads it with its default dialect, from a file opened in text mode: `\r\n` and `\r` end
//! a line as `\n` does, quotes open a field only at its start, an empty line is a record without values.

/// The values of one record.
pub(super) type Record = Vec<String>;

/// The records of `text`.
pub(super) fn records(text: &str, delimiter: char) -> impl Iterator<Item = Record> + '_ {
    let mut characters = text.chars().peekable();
    std::iter::from_fn(move || {
        characters.peek()?;
        Some(record(&mut characters, delimiter))
    })
}

/// Where the reader stands in a field.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Start,
    Plain,
    Quoted,
    /// Behind a quote inside a quoted field.
    Closing,
}

fn record(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, delimiter: char) -> Record {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut state = State::Start;
    while let Some(character) = characters.next() {
        let character = newline(character, characters);
        state = match (state, character) {
            (State::Quoted, '"') => State::Closing,
            (State::Quoted, other) => {
                value.push(other);
                State::Quoted
            }
            (State::Closing, '"') => {
                value.push('"');
                State::Quoted
            }
            (State::Start, '"') if delimiter != '"' => State::Quoted,
            (State::Start, '\n') if values.is_empty() => return values,
            (_, '\n') => {
                values.push(value);
                return values;
            }
            (_, other) if other == delimiter => {
                values.push(std::mem::take(&mut value));
                State::Start
            }
            (_, other) => {
                value.push(other);
                State::Plain
            }
        };
    }
    values.push(value);
    values
}

/// Universal newlines.
fn newline(character: char, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> char {
    if character != '\r' {
        return character;
    }
    rest.next_if_eq(&'\n');
    '\n'
}
