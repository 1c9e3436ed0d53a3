//! Comparison with C headers, through a C compiler.
//!
//! The headers of AArch64 don't compile for another architecture (they have inline assembly), and
//! a program for the target can't run here. So the compiler makes assembly text of a program that
//! states every constant in an assembler comment.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{Report, expected};
use crate::error::{Error, Result};
use crate::prefix::Prefix;

/// Starts the lines of assembly text that hold a constant.
const MARK: &str = "@caravan";

/// A C compiler for the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiler {
    command: Vec<String>,
}

impl Compiler {
    /// A compiler by its command and first arguments.
    pub fn new(command: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { command: command.into_iter().map(Into::into).collect() }
    }

    /// A compiler for AArch64 that this machine has: GCC as a cross compiler, or Clang.
    pub fn find() -> Option<Self> {
        [
            vec!["aarch64-linux-gnu-gcc"],
            vec!["aarch64-none-elf-gcc"],
            vec!["clang", "--target=aarch64-none-elf"],
        ]
        .into_iter()
        .map(Self::new)
        .find(|compiler| {
            let version = compiler
                .run()
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            version.is_ok_and(|status| status.success())
        })
    }

    fn run(&self) -> Command {
        let mut words = self.command.iter();
        let mut command = Command::new(words.next().map_or("cc", String::as_str));
        command.args(words);
        command
    }

    /// Assembly text of a C program.
    fn assemble(&self, include: &std::path::Path, program: &str) -> Result<String> {
        let failed = |reason: String| Error::Compiler { compiler: self.command.join(" "), reason };
        let mut child = self
            .run()
            .args(["-ffreestanding", "-w", "-O1", "-S", "-x", "c", "-o", "-"])
            .arg("-I")
            .arg(include)
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(program.as_bytes()).map_err(|error| failed(error.to_string()))?;
        }
        let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()))
        }
    }
}

pub(super) fn compare(prefix: &Prefix, compiler: &Compiler, report: &mut Report) -> Result<()> {
    let expected = expected::all(prefix.config(), prefix.syscalls());
    let expressions = expected.iter().map(|(expression, _)| expression.as_str());
    let assembly = compiler.assemble(&prefix.include(), &program(expressions))?;
    let found = constants(&assembly);
    for (index, (expression, ours)) in expected.iter().enumerate() {
        let theirs = found.get(&index).copied().unwrap_or("nothing");
        report.value(expression, ours, theirs);
    }
    Ok(())
}

fn program<'a>(expressions: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::from(
        "#include <sel4/sel4.h>\n\
         #include <sel4/sel4_arch/mapping.h>\n\
         void constants(void) {\n",
    );
    for (index, expression) in expressions.enumerate() {
        let _ = writeln!(
            text,
            "    __asm__ volatile(\"\\n{MARK} {index} %0\" : : \"i\"({expression}));"
        );
    }
    text.push_str("}\n");
    text
}

/// The constants by the index of their expressions, in decimal.
fn constants(assembly: &str) -> BTreeMap<usize, &str> {
    assembly
        .lines()
        .filter_map(|line| {
            let mut words = line.trim().strip_prefix(MARK)?.split_whitespace();
            let index = words.next()?.parse().ok()?;
            Some((index, words.next()?.trim_start_matches(['#', '$'])))
        })
        .collect()
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn constants_are_found_in_assembly() {
        let text = "\tmov x0, 1\n@caravan 0 -8\n// 12 \"\" 2\n  @caravan 1 #4096\nret\n";
        let found = constants(text);
        assert_eq!(found, BTreeMap::from([(0, "-8"), (1, "4096")]));
    }

    #[test]
    fn the_program_states_every_expression() {
        let text = program(["seL4_NoError", "sizeof(int)"].into_iter());
        assert!(text.contains("\"\\n@caravan 1 %0\" : : \"i\"(sizeof(int)));"));
    }
}
