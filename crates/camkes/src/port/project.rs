//! An application's CMake files.

use super::Finding;
use super::cmake::{Command, commands};
use super::files::File;
use super::table::{Verdict, table};

/// What all CMake files of an application need.
pub fn examine(files: &[File]) -> Vec<Finding> {
    let cmake: Vec<(&File, Vec<Command>)> = files
        .iter()
        .filter(|file| file.has_extension("cmake") || file.path.ends_with("CMakeLists.txt"))
        .map(|file| (file, commands(&file.text)))
        .collect();
    // Functions and macros of the application itself are fine: what they call is looked at.
    let own: Vec<&str> = cmake
        .iter()
        .flat_map(|(_, commands)| commands)
        .filter(|command| is(command, "function") || is(command, "macro"))
        .filter_map(|command| command.arguments.first().map(String::as_str))
        .collect();
    let mut findings = Vec::new();
    for (file, commands) in &cmake {
        for command in commands {
            findings.extend(of_command(file, command, &own));
        }
    }
    findings
}

fn is(command: &Command, name: &str) -> bool {
    command.name.eq_ignore_ascii_case(name)
}

fn of_command(file: &File, command: &Command, own: &[&str]) -> Vec<Finding> {
    let finding = |verdict, what: String, how: &str| Finding {
        verdict,
        path: file.path.clone(),
        line: command.line,
        what,
        how: how.to_owned(),
    };
    if is(command, "set") || is(command, "option") {
        let option = command.arguments.first().and_then(|name| table().option(name));
        return option
            .map(|option| finding(option.verdict, format!("sets {}", option.name), &option.how))
            .into_iter()
            .collect();
    }
    let Some(known) = table().command(&command.name) else {
        let lower = command.name.to_lowercase();
        if BUILT_IN.contains(&lower.as_str()) || own.iter().any(|own| is(command, own)) {
            return Vec::new();
        }
        let how = match table().nearest_command(&command.name) {
            Some(near) => format!("Did you mean {near}?"),
            None => {
                "No such command is provided. Find out what it did, and do it with plain CMake."
                    .to_owned()
            }
        };
        return vec![finding(
            Verdict::Unsupported,
            format!("calls {}, which is unknown", command.name),
            &how,
        )];
    };
    let mut findings = arguments(command, known.verdict, &finding);
    if findings.is_empty() {
        findings.push(finding(known.verdict, format!("calls {}", known.name), &known.how));
    }
    findings
}

/// What a command's arguments change about the table's verdict.
fn arguments(
    command: &Command, verdict: Verdict, finding: &dyn Fn(Verdict, String, &str) -> Finding,
) -> Vec<Finding> {
    let has = |keyword: &str| command.arguments.iter().any(|argument| argument == keyword);
    let target = command.arguments.first().map_or("", String::as_str);
    if is(command, "DeclareCAmkESVM") || is(command, "DeclareCAmkESARMVM") {
        let keyword = ["SOURCES", "INCLUDES", "LIBS", "C_FLAGS", "LD_FLAGS"]
            .into_iter()
            .find(|keyword| has(keyword));
        if let Some(keyword) = keyword {
            return vec![finding(
                Verdict::Change,
                format!("gives {target} the keyword {keyword}, which was always ignored"),
                &format!("The keyword is EXTRA_{keyword}."),
            )];
        }
        if has("EXTRA_SOURCES") {
            return vec![finding(
                Verdict::Port,
                format!("adds C sources to {target}"),
                "What they do is listed with each file. Remove EXTRA_SOURCES when they are ported.",
            )];
        }
    }
    if is(command, "DeclareCAmkESComponent") && verdict == Verdict::Port {
        if ["VirtQueueInit", "virtqueueinit"].contains(&target) {
            return vec![finding(
                Verdict::Works,
                format!("declares {target}"),
                "The component has no code.",
            )];
        }
        if target == "VM" {
            return vec![finding(
                Verdict::Port,
                "adds C sources to the VM".to_owned(),
                "What they do is listed with each file. Remove this call when they are ported.",
            )];
        }
        if command.arguments.len() == 1 {
            return vec![finding(
                Verdict::Works,
                format!("declares {target}, which has no sources"),
                "Nothing is to be built.",
            )];
        }
    }
    Vec::new()
}

/// CMake's own commands that applications use; in lower case, as CMake documents them.
const BUILT_IN: [&str; 45] = [
    "add_compile_definitions",
    "add_compile_options",
    "add_custom_command",
    "add_custom_target",
    "add_dependencies",
    "add_executable",
    "add_library",
    "add_subdirectory",
    "break",
    "cmake_minimum_required",
    "cmake_parse_arguments",
    "cmake_policy",
    "configure_file",
    "continue",
    "else",
    "elseif",
    "endforeach",
    "endfunction",
    "endif",
    "endmacro",
    "endwhile",
    "execute_process",
    "externalproject_add",
    "file",
    "find_file",
    "find_package",
    "find_program",
    "foreach",
    "function",
    "get_filename_component",
    "get_property",
    "get_target_property",
    "if",
    "include",
    "include_guard",
    "list",
    "macro",
    "mark_as_advanced",
    "math",
    "message",
    "project",
    "return",
    "set_property",
    "string",
    "target_include_directories",
];
