//! `{% raw %}` blocks of the lexer.

use super::{Lexed, Lexer};

impl Lexer<'_> {
    /// If a `{% raw %}` tag stands here, takes the whole block as text. `opening` is the length of `{%`, `{%-`, `{%+`.
    pub(super) fn raw_block(&mut self, opening: usize) -> Lexed<bool> {
        let Some((body, strip_start)) = self.raw_tag("raw", self.position + opening, false) else { return Ok(false) };
        let Some((tag, after, strip_end)) = self.find_end_of_raw(body) else {
            self.position = body;
            return Err("Missing end of raw directive".into());
        };
        let mut text = body..tag;
        if self.text.as_bytes().get(tag + 2) == Some(&b'-') {
            text.end = text.start + self.text[text.clone()].trim_end().len();
        }
        if strip_start {
            text.start = text.end - self.text[text.clone()].trim_start().len();
        }
        self.push_text(text.start, text.end);
        self.position = after;
        self.strip_next = strip_end;
        Ok(true)
    }

    /// Reads `name %}` at `from`; gives where the tag ends and whether it strips what follows.
    fn raw_tag(&self, name: &str, from: usize, plus: bool) -> Option<(usize, bool)> {
        let rest = self.text.get(from..)?.trim_start().strip_prefix(name)?.trim_start();
        let stripped = rest.strip_prefix('-');
        let rest = match stripped {
            Some(rest) => rest,
            None if plus => rest.strip_prefix('+').unwrap_or(rest),
            None => rest,
        };
        let rest = rest.strip_prefix("%}")?;
        Some((self.text.len() - rest.len(), stripped.is_some()))
    }

    fn find_end_of_raw(&self, mut from: usize) -> Option<(usize, usize, bool)> {
        loop {
            let tag = from + self.text[from..].find("{%")?;
            let signed = matches!(self.text.as_bytes().get(tag + 2), Some(b'-' | b'+'));
            if let Some((after, strip)) = self.raw_tag("endraw", tag + 2 + usize::from(signed), true) {
                return Some((tag, after, strip));
            }
            from = tag + 2;
        }
    }
}
