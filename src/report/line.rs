//! Layout of one line: dots up to a fixed width, the status in brackets, colours.

use std::fmt::Write as _;

/// Column that dots reach up to. Source: dbt's logs.
const WIDTH: usize = 80;

/// Whether coloured text is wanted: the command line (`--use-colors`, `--no-use-colors`, `--no-color`) decides; without
/// it `NO_COLOR`, if set to anything, switches them off, else only a terminal gets them.
/// Source of the variable: <https://no-color.org>.
pub fn colours_wanted(command_line: Option<bool>, no_color: Option<&str>, is_terminal: bool) -> bool {
    command_line.unwrap_or(is_terminal && no_color.is_none_or(str::is_empty))
}

/// The three colours of dbt's lines, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    pub colours: bool,
}

impl Palette {
    pub fn red(self, text: &str) -> String {
        self.paint(text, 31)
    }

    pub fn green(self, text: &str) -> String {
        self.paint(text, 32)
    }

    pub fn yellow(self, text: &str) -> String {
        self.paint(text, 33)
    }

    fn paint(self, text: &str, colour: u8) -> String {
        if self.colours { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_string() }
    }
}

/// `3 of 5 OK created ... ......... [OK in 0.03s]`, put together from its parts.
pub(super) struct StatusLine<'a> {
    /// Place and number of places.
    pub progress: Option<(usize, usize)>,
    /// What happened to what.
    pub message: &'a str,
    /// The coloured word in brackets.
    pub status: &'a str,
    /// Seconds, if the line tells them.
    pub seconds: Option<f64>,
    /// Whether a long message is cut, as dbt does for hooks.
    pub truncate: bool,
}

impl StatusLine<'_> {
    pub fn render(&self) -> String {
        let mut line = match self.progress {
            Some((index, total)) => format!("{index} of {total} {} ", self.message),
            None => format!("{} ", self.message),
        };
        let width = line.chars().count();
        if self.truncate && width > WIDTH {
            line = line.chars().take(WIDTH - 3).chain("...".chars()).collect();
        }
        line.extend(std::iter::repeat_n('.', WIDTH.saturating_sub(width)));
        // Writing to a String cannot fail.
        let _ = match self.seconds {
            Some(seconds) => write!(line, " [{} in {seconds:.2}s]", self.status),
            None => write!(line, " [{}]", self.status),
        };
        line
    }
}

/// ` in 0 hours 0 minutes and 0.40 seconds`.
pub(super) fn duration_in_words(seconds: f64) -> String {
    let minutes = (seconds / 60.0).floor();
    let hours = (minutes / 60.0).floor();
    format!(" in {hours} hours {} minutes and {:.2} seconds", minutes - hours * 60.0, seconds - minutes * 60.0)
}
