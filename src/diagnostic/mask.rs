//! Secrets in texts, also as other programs write them: in an address, characters of a secret may stand as `%2B`.

use std::borrow::Cow;

const MASK: &str = "*****";

/// `text` with stars in the place of each of `secrets`, whether characters of it are percent-encoded or not. Of a secret that
/// holds another one, the longer has to come first.
pub fn masked<'t, 's>(text: &'t str, secrets: impl IntoIterator<Item = &'s str>) -> Cow<'t, str> {
    let mut masked = Cow::Borrowed(text);
    for secret in secrets.into_iter().filter(|secret| !secret.trim().is_empty()) {
        if masked.contains(secret) {
            masked = Cow::Owned(masked.replace(secret, MASK));
        }
        let decoded = decoded(secret);
        if decoded != secret.as_bytes() {
            masked = without(masked, &decoded);
        }
        if masked.contains('%') {
            masked = without(masked, secret.as_bytes());
        }
    }
    masked
}

/// `text` with stars in the place of `secret`, each byte of which may stand as it is or percent-encoded.
fn without<'t>(text: Cow<'t, str>, secret: &[u8]) -> Cow<'t, str> {
    let bytes = text.as_bytes();
    let (mut kept, mut found, mut at) = (Vec::new(), false, 0);
    while at < bytes.len() {
        match end_of(bytes, at, secret) {
            Some(end) => {
                kept.extend_from_slice(MASK.as_bytes());
                (found, at) = (true, end);
            }
            None => {
                kept.push(bytes[at]);
                at += 1;
            }
        }
    }
    if found { Cow::Owned(String::from_utf8_lossy(&kept).into_owned()) } else { text }
}

/// Where `secret` ends that begins at `start`.
fn end_of(text: &[u8], start: usize, secret: &[u8]) -> Option<usize> {
    secret.iter().try_fold(start, |at, byte| {
        // The secret as it is has been looked for before, so that of `%25` the escape is meant.
        if escape(text, at) == Some(*byte) {
            return Some(at + 3);
        }
        (text.get(at) == Some(byte)).then_some(at + 1)
    })
}

/// The byte that `%2B` at `at` stands for.
fn escape(text: &[u8], at: usize) -> Option<u8> {
    let [b'%', high, low] = text.get(at..at + 3)? else { return None };
    let digit = |letter: &u8| char::from(*letter).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// The bytes that a percent-encoded text stands for.
fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let escaped = escape(bytes, at);
        decoded.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    decoded
}

#[cfg(test)]
mod tests;
