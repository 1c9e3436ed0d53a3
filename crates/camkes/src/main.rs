//! The `camkes` command: checks, explains and draws systems that are described in CAmkES.
//!
//! Exit status: 0 if all is well (warnings and notes are no failure), 1 if the system has errors
//! or an application needs porting, 2 if the command line is wrong or a file can't be used.

mod archive;
mod arguments;
mod assemble;
mod attributes;
mod check;
mod explain;
mod graph;
mod guests;
mod image;
mod json;
mod picture;
mod platform;
mod port;
mod programs;
mod spec;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

/// What a subcommand ends with, if nothing keeps it from working.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Nothing to complain about.
    Good,
    /// It did its work, and found errors.
    Bad,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        Command::Check(options) => check::run(options),
        Command::Graph(options) => graph::run(options),
        Command::Spec(options) => spec::run(options),
        Command::Image(options) => image::run(options),
        Command::Archive(options) => archive::run(options),
        Command::Programs(options) => programs::run(options),
        Command::Explain { key, stdlib, json } => {
            let library = stdlib.clone().or_else(|| arguments::find_library(None));
            explain::run(key, library.as_deref(), *json)
        }
        Command::PortCheck { folder, json } => port::examine(folder).map(|findings| {
            let report =
                if *json { port::json(folder, &findings) } else { port::text(folder, &findings) };
            print(&report);
            if findings.iter().any(|f| f.verdict != port::Verdict::Works) {
                Outcome::Bad
            } else {
                Outcome::Good
            }
        }),
    };
    match result {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::from(1),
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

/// Writes to standard output. A reader that goes away, as `head` does, is no error.
fn print(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
