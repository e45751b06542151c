//! `meshbuild explain CODE`: the page about an error code.

use crate::diagnostic::{Diagnostic, ErrorCode, closest};

/// The page about the code that is written `text`, as Markdown.
///
/// # Errors
/// MB0152: there is no such code; the hint names the nearest.
pub fn explain(text: &str) -> Result<&'static str, Box<Diagnostic>> {
    let text = text.trim();
    if let Some(code) = ErrorCode::parse(text) {
        return Ok(code.page());
    }
    let error = Diagnostic::error(ErrorCode::BadOptionValue, format!("there is no error code `{text}`"));
    let codes = ErrorCode::ALL.iter().map(|code| code.as_str());
    Err(Box::new(match closest(&text.to_uppercase(), codes) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("codes are written like `MB0501`"),
    }))
}

#[cfg(test)]
mod tests;
