//! The tags of a file, without a look at what they mean: strings, comments and raw blocks hide tags, nothing else does.

use crate::jinja::ast::TextRange;
use crate::jinja::lexer::find_tag;

/// A `{% name argument ... %}`. With a `-`, the white space beside it belongs to the tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'text> {
    pub(super) name: &'text str,
    pub(super) argument: Option<&'text str>,
    pub(super) range: TextRange,
}

pub(super) struct Tags<'text> {
    text: &'text str,
    position: usize,
}

type Found<T> = Result<T, (TextRange, String)>;

impl<'text> Tags<'text> {
    pub(super) fn new(text: &'text str) -> Self {
        Tags { text, position: 0 }
    }

    /// The next tag; an error if a tag, comment, string or raw block is not closed.
    pub(super) fn next(&mut self) -> Found<Option<Tag<'text>>> {
        while let Some((offset, kind)) = find_tag(self.text, self.position) {
            match kind {
                b'#' => self.position = self.find_after(offset, offset + 2, "#}", "#}")?,
                b'{' => {
                    self.position = offset + 2;
                    self.close(offset, "}}", "}}")?;
                }
                _ => {
                    if let Some(tag) = self.tag(offset)? {
                        return Ok(Some(tag));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Line (from 1) and column (from 0) of an offset, as dbt prints them.
    pub(super) fn line_and_column(&self, offset: u32) -> String {
        let before = &self.text[..offset as usize];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        format!("{}:{}", before.matches('\n').count() + 1, before[line_start..].chars().count())
    }

    fn tag(&mut self, offset: usize) -> Found<Option<Tag<'text>>> {
        let dash = self.text.as_bytes().get(offset + 2) == Some(&b'-');
        let inside = self.text[offset + 2 + usize::from(dash)..].trim_start();
        let Some((name, after)) = identifier(inside) else {
            self.position = offset + 2;
            return Ok(None);
        };
        let start = if dash { self.text[..offset].trim_end().len().max(self.position) } else { offset };
        self.position = self.text.len() - after.len();
        if name == "raw" && raw_tag_closes(after) {
            self.end_of_raw(offset)?;
            return Ok(Some(Tag { name, argument: None, range: TextRange::new(start, self.position) }));
        }
        let spaced = after.trim_start();
        let argument = if spaced.len() < after.len() { identifier(spaced).map(|(argument, _)| argument) } else { None };
        self.close(offset, "%}", "tag close (\"%}\")")?;
        Ok(Some(Tag { name, argument, range: TextRange::new(start, self.position) }))
    }

    /// Goes behind the next `end` that stands in no string.
    fn close(&mut self, opened: usize, end: &str, expected: &str) -> Found<()> {
        loop {
            let rest = &self.text[self.position..];
            let closing = rest.find(end);
            let quote = rest[..closing.unwrap_or(rest.len())].find(['\'', '"']);
            match (quote, closing) {
                (Some(quote), _) => self.skip_string(self.position + quote)?,
                (None, Some(closing)) => {
                    let dash = end == "%}" && rest[..closing].ends_with('-');
                    self.position += closing + 2;
                    if dash {
                        self.position = self.text.len() - self.text[self.position..].trim_start().len();
                    }
                    return Ok(());
                }
                (None, None) => return Err(self.unexpected_end(opened, expected)),
            }
        }
    }

    fn skip_string(&mut self, start: usize) -> Found<()> {
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        while end < bytes.len() && bytes[end] != bytes[start] {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        if end >= bytes.len() {
            return Err(self.unexpected_end(start, "string"));
        }
        self.position = end + 1;
        Ok(())
    }

    fn end_of_raw(&mut self, opened: usize) -> Found<()> {
        let expected = "{% raw %}...{% endraw %}";
        loop {
            let tag = self.find_after(opened, self.position, "{%", expected)?;
            self.position = tag;
            let inside = self.text[tag..].strip_prefix('-').unwrap_or(&self.text[tag..]).trim_start();
            let Some(after) = inside.strip_prefix("endraw") else { continue };
            let after = after.trim_start();
            let dash = after.starts_with('-');
            if let Some(rest) = after.strip_prefix('-').unwrap_or(after).strip_prefix("%}") {
                let rest = if dash { rest.trim_start() } else { rest };
                self.position = self.text.len() - rest.len();
                return Ok(());
            }
        }
    }

    fn find_after(&self, opened: usize, from: usize, what: &str, expected: &str) -> Found<usize> {
        let found = self.text[from..].find(what);
        found.map(|offset| from + offset + what.len()).ok_or_else(|| self.unexpected_end(opened, expected))
    }

    fn unexpected_end(&self, opened: usize, expected: &str) -> (TextRange, String) {
        let got = &self.text[opened..];
        let got = match got.char_indices().nth(200) {
            Some((cut, _)) => &got[..cut],
            None => got,
        };
        let range = TextRange::new(opened, (opened + 2).min(self.text.len()));
        (range, format!("unexpected EOF, expected {expected}, got \"{got}\""))
    }
}

fn identifier(text: &str) -> Option<(&str, &str)> {
    let length = text.find(|c: char| !(c == '_' || c.is_ascii_alphanumeric())).unwrap_or(text.len());
    let starts_well = text.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
    starts_well.then(|| text.split_at(length))
}

fn raw_tag_closes(after: &str) -> bool {
    let after = after.trim_start();
    after.strip_prefix('-').unwrap_or(after).starts_with("%}")
}
