//! Python's `bytes`: how they print, and their methods.

use std::fmt::Write;

use minijinja::value::Value;

use super::arguments::Arguments;
use super::error::{Outcome, error, no_attribute};

/// Appends `repr(bytes)`.
pub(crate) fn write_bytes(out: &mut String, bytes: &[u8]) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    out.push('b');
    out.push(quote);
    for byte in bytes {
        match *byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            byte if byte == quote as u8 => {
                out.push('\\');
                out.push(quote);
            }
            byte @ 0x20..=0x7e => out.push(char::from(byte)),
            byte => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push(quote);
}

/// A method of `bytes`.
pub(crate) fn call(value: &Value, name: &str, arguments: &[Value]) -> Outcome {
    let bytes = value.as_bytes().unwrap_or_default();
    match name {
        "decode" => {
            let [encoding, errors] = Arguments::new(arguments).bind("decode", ["encoding", "errors"], 0)?;
            let replace = errors.as_ref().and_then(super::text_of) == Some("replace");
            let encoding = encoding.as_ref().and_then(super::text_of).unwrap_or("utf-8").to_ascii_lowercase();
            match encoding.as_str() {
                "latin-1" | "latin1" | "iso-8859-1" => {
                    Ok(bytes.iter().copied().map(char::from).collect::<String>().into())
                }
                "utf-8" | "utf8" | "ascii" | "us-ascii" if replace => Ok(String::from_utf8_lossy(bytes).into()),
                "utf-8" | "utf8" | "ascii" | "us-ascii" => decode(bytes),
                other => Err(error(format!("unknown encoding: {other}"))),
            }
        }
        "hex" => {
            let mut digits = String::with_capacity(bytes.len() * 2);
            for byte in bytes {
                let _ = write!(digits, "{byte:02x}");
            }
            Ok(Value::from(digits))
        }
        "upper" => Ok(Value::from_bytes(bytes.to_ascii_uppercase())),
        "lower" => Ok(Value::from_bytes(bytes.to_ascii_lowercase())),
        "strip" => Ok(Value::from_bytes(bytes.trim_ascii().to_vec())),
        _ => Err(no_attribute(value, name)),
    }
}

fn decode(bytes: &[u8]) -> Outcome {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Value::from(text)),
        Err(failure) => {
            let position = failure.valid_up_to();
            let byte = bytes.get(position).copied().unwrap_or_default();
            let reason = if failure.error_len().is_none() { "unexpected end of data" } else { "invalid start byte" };
            Err(error(format!("'utf-8' codec can't decode byte 0x{byte:02x} in position {position}: {reason}")))
        }
    }
}
