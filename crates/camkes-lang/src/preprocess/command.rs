//! Finding and running the preprocessor.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::diagnostics::Diagnostic;
use crate::options::{LoadOptions, Preprocessor};
use crate::source::{FileId, SourceMap};

/// What is tried when no command is given.
const CANDIDATES: &[&[&str]] =
    &[&["cpp"], &["gcc", "-E", "-x", "c"], &["clang", "-E", "-x", "c"], &["cc", "-E", "-x", "c"]];

/// The preprocessor's command, once it has been found.
#[derive(Debug, Default)]
pub(crate) struct Cpp {
    found: Option<usize>,
}

/// Why there is no preprocessed text.
#[derive(Debug)]
pub(super) enum CppError {
    /// No such program.
    Missing(Vec<String>),
    /// The program could not be started.
    Start(String, std::io::Error),
    /// The program refused the file; its messages.
    Failed(String, String),
}

impl Cpp {
    /// Runs the preprocessor on a file. Its warnings are dropped: text that is
    /// not C, such as a string over several lines, makes it complain.
    pub(super) fn run(&mut self, path: &Path, options: &LoadOptions) -> Result<String, CppError> {
        if let Preprocessor::Command(command) = &options.preprocessor {
            let words: Vec<&str> = command.iter().map(String::as_str).collect();
            return match attempt(&words, path, options) {
                Err(CppError::Start(_, error)) if error.kind() == ErrorKind::NotFound => {
                    Err(CppError::Missing(vec![command.join(" ")]))
                }
                other => other,
            };
        }
        for (index, words) in CANDIDATES.iter().enumerate() {
            if self.found.is_some_and(|found| found != index) {
                continue;
            }
            match attempt(words, path, options) {
                Err(CppError::Start(_, error)) if error.kind() == ErrorKind::NotFound => {}
                other => {
                    self.found = Some(index);
                    return other;
                }
            }
        }
        Err(CppError::Missing(CANDIDATES.iter().map(|words| words.join(" ")).collect()))
    }
}

fn attempt(words: &[&str], path: &Path, options: &LoadOptions) -> Result<String, CppError> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(CppError::Missing(Vec::new()));
    };
    let mut command = Command::new(program);
    command.args(arguments).arg("-DCAMKES_TOOL_PROCESSING");
    for define in &options.defines {
        command.arg(format!("-D{define}"));
    }
    for include in &options.include_paths {
        command.arg("-I").arg(include);
    }
    let output = command
        .args(&options.preprocessor_arguments)
        .arg(path)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| CppError::Start(words.join(" "), error))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(CppError::Failed(words.join(" "), messages))
    }
}

impl CppError {
    pub(super) fn diagnose(
        self, path: &Path, main: FileId, sources: &mut SourceMap,
    ) -> Vec<Diagnostic> {
        match self {
            Self::Missing(tried) => vec![
                Diagnostic::error(
                    "no-preprocessor",
                    format!("no C preprocessor for `{}`", path.display()),
                )
                .note(format!("none of these programs is installed: {}", tried.join(", ")))
                .help("install gcc or clang, or name a preprocessor"),
            ],
            Self::Start(command, error) => vec![Diagnostic::error(
                "no-preprocessor",
                format!("can't start the C preprocessor `{command}`: {error}"),
            )],
            Self::Failed(command, messages) => failures(&command, &messages, path, main, sources),
        }
    }
}

/// One diagnostic for each error in the preprocessor's output.
fn failures(
    command: &str, messages: &str, path: &Path, main: FileId, sources: &mut SourceMap,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for message in messages.lines().filter_map(parse_message) {
        let file = if Path::new(message.file) == path {
            main
        } else {
            let path = PathBuf::from(message.file);
            sources.add(&path, || super::original_text(&path))
        };
        let span = super::line_span(sources, file, message.line, message.column);
        diagnostics.push(
            Diagnostic::error("preprocessor", message.text)
                .at(span)
                .note(format!("this is a message of the C preprocessor `{command}`")),
        );
    }
    if diagnostics.is_empty() {
        diagnostics.push(
            Diagnostic::error(
                "preprocessor",
                format!("the C preprocessor `{command}` failed on `{}`", path.display()),
            )
            .note(messages.trim()),
        );
    }
    diagnostics
}

struct Message<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    text: &'a str,
}

/// Parses `file:line:column: error: text`; what is wrong with a line as a whole, such as an `#if`
/// without end, has no column.
fn parse_message(line: &str) -> Option<Message<'_>> {
    let (place, text) =
        line.split_once(": fatal error: ").or_else(|| line.split_once(": error: "))?;
    let (rest, last) = place.rsplit_once(':')?;
    let last = last.parse().ok()?;
    let before = rest.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    let (file, line, column) = match before {
        Some((file, line)) => (file, line, last),
        None => (rest, last, 1),
    };
    Some(Message { file, line, column, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named() {
        let options = LoadOptions {
            preprocessor: Preprocessor::Command(vec!["no-such-program".into(), "-E".into()]),
            ..LoadOptions::default()
        };
        let error = Cpp::default().run(Path::new("a.camkes"), &options).expect_err("it is missing");
        let mut sources = SourceMap::default();
        let main = sources.add(Path::new("a.camkes"), String::new);
        let text =
            error.diagnose(Path::new("a.camkes"), main, &mut sources)[0].render(&sources, false);
        assert!(text.starts_with("error: no C preprocessor for `a.camkes`"), "{text}");
        assert!(text.contains("no-such-program -E"), "{text}");
    }

    #[test]
    fn messages_are_split() {
        let message =
            parse_message("a:b.camkes:3:10: fatal error: x.h: No such file").expect("a message");
        assert_eq!(
            (message.file, message.line, message.column, message.text),
            ("a:b.camkes", 3, 10, "x.h: No such file")
        );
        let message = parse_message("b.camkes:7: error: unterminated #if").expect("a message");
        assert_eq!(
            (message.file, message.line, message.column, message.text),
            ("b.camkes", 7, 1, "unterminated #if")
        );
        assert!(
            parse_message("a.camkes:3:10: warning: missing terminating \" character").is_none()
        );
    }
}
