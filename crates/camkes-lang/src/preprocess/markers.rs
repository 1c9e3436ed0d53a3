//! Line markers: `# 12 "file.h" 1`, which say where the lines that follow come
//! from.

use crate::source::FileId;

/// A file and a line of it, counted from 0.
pub(crate) type Origin = (FileId, usize);

/// For each line of preprocessed text, where it comes from. `file` looks up a
/// file's name and gives nothing for one that has no text.
pub(super) fn origins(
    text: &str, mut file: impl FnMut(&str) -> Option<FileId>,
) -> Vec<Option<Origin>> {
    let mut current: Option<Origin> = None;
    // Most markers name the file of the one before.
    let mut last: Option<(String, Option<FileId>)> = None;
    text.split('\n')
        .map(|line| {
            if let Some((number, name)) = marker(line) {
                let id = match &last {
                    Some((known, id)) if *known == name => *id,
                    _ => {
                        let id = file(&name);
                        last = Some((name, id));
                        id
                    }
                };
                current = id.map(|id| (id, number.saturating_sub(1)));
                return None;
            }
            let origin = current;
            if let Some((_, number)) = &mut current {
                *number += 1;
            }
            origin
        })
        .collect()
}

/// The line number and file name of a marker.
fn marker(line: &str) -> Option<(usize, String)> {
    let rest = line.strip_prefix('#')?;
    let rest = rest.strip_prefix("line").unwrap_or(rest).strip_prefix(' ')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    let number = rest[..digits].parse().ok()?;
    let name = rest[digits..].strip_prefix(" \"")?;
    Some((number, unescape(name)?))
}

/// The text up to the closing quote, with C's escapes undone.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = text.bytes().peekable();
    let mut out = Vec::new();
    loop {
        match bytes.next()? {
            b'"' => return Some(String::from_utf8_lossy(&out).into_owned()),
            b'\\' => match bytes.next()? {
                first @ b'0'..=b'7' => {
                    let mut value = u32::from(first - b'0');
                    for _ in 0..2 {
                        match bytes.peek() {
                            Some(digit @ b'0'..=b'7') => {
                                value = value * 8 + u32::from(digit - b'0');
                                bytes.next();
                            }
                            _ => break,
                        }
                    }
                    out.push(u8::try_from(value).ok()?);
                }
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_followed_back_through_includes() {
        let text =
            "# 0 \"<built-in>\"\nx\n# 1 \"a\"\none\n# 7 \"b\" 1\nseven\neight\n# 3 \"a\" 2\nthree";
        let origins = origins(text, |name| match name {
            "a" => Some(FileId(0)),
            "b" => Some(FileId(1)),
            _ => None,
        });
        assert_eq!(
            origins,
            [
                None,
                None,
                None,
                Some((FileId(0), 0)),
                None,
                Some((FileId(1), 6)),
                Some((FileId(1), 7)),
                None,
                Some((FileId(0), 2)),
            ]
        );
    }

    #[test]
    fn names_are_unescaped() {
        assert_eq!(marker(r#"# 1 "a \"b\"\\\303\274" 3 4"#), Some((1, "a \"b\"\\ü".to_owned())));
        assert_eq!(marker("#line 4 \"x\""), Some((4, "x".to_owned())));
        assert_eq!(marker("#pragma once"), None);
        assert_eq!(marker("# 1 \"unfinished"), None);
    }
}
