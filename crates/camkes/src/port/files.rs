//! An application's files, apart from CMake's.

use std::fs;
use std::path::{Path, PathBuf};

use super::Finding;
use super::table::{Verdict, table};

/// A file of the application.
#[derive(Debug)]
pub struct File {
    /// Relative to the application's folder.
    pub path: PathBuf,
    /// Its text; what is no UTF-8 is replaced. Empty for files that are no source.
    pub text: String,
}

impl File {
    pub fn has_extension(&self, extension: &str) -> bool {
        self.path.extension().is_some_and(|found| found == extension)
    }

    fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }
}

/// Kinds of file whose text is looked at.
const SOURCES: [&str; 9] = ["camkes", "idl4", "c", "h", "cpp", "S", "cmake", "txt", "sml"];
/// Bigger files are images, whatever their name says.
const MAX_SIZE: u64 = 4 << 20;

/// All files below a folder, sorted.
pub fn collect(folder: &Path) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        // Joining nothing would add a slash.
        let here =
            if inner.as_os_str().is_empty() { folder.to_path_buf() } else { folder.join(&inner) };
        let entries =
            fs::read_dir(&here).map_err(|error| format!("{}: {error}", here.display()))?;
        for entry in entries {
            let entry = entry.map_err(|error| format!("{}: {error}", here.display()))?;
            let path = inner.join(entry.file_name());
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            // A link could lead out of the folder, or round in a circle.
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() && !hidden {
                folders.push(path);
            } else if kind.is_file() {
                let text = read(&folder.join(&path));
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn read(path: &Path) -> String {
    let source = path
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| SOURCES.contains(&extension));
    if !source || fs::metadata(path).map_or(0, |data| data.len()) > MAX_SIZE {
        return String::new();
    }
    // A file that can't be read is reported as one that is empty would be: not at all.
    fs::read(path)
        .map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// What a file needs by its kind and content.
pub fn examine(file: &File, findings: &mut Vec<Finding>) {
    let mut add = |verdict, line, what: String, how: &str| {
        findings.push(Finding {
            verdict,
            path: file.path.clone(),
            line,
            what,
            how: how.to_owned(),
        });
    };
    let name = file.name();
    if name.contains(".template.") {
        add(
            Verdict::Port,
            0,
            "is a template".to_owned(),
            "There are no templates. What it read from the configuration, a component reads from its attributes; a connector's template becomes a module of the camkes tool.",
        );
    } else if file.has_extension("c") || file.has_extension("cpp") || file.has_extension("S") {
        if let Some(pattern) = table().sources.iter().find(|p| file.text.contains(&p.contains)) {
            let line = line_of(&file.text, &pattern.contains);
            add(Verdict::Port, line, pattern.what.clone(), &pattern.how);
        } else {
            add(
                Verdict::Works,
                0,
                "is a program for the guest or for the host".to_owned(),
                "It uses neither CAmkES nor seL4.",
            );
        }
    } else if file.has_extension("sml") {
        add(
            Verdict::Unsupported,
            0,
            "is CakeML source".to_owned(),
            "There is no CakeML runtime. Write the component in Rust.",
        );
    } else if file.has_extension("camkes") || file.has_extension("idl4") {
        add(
            Verdict::Works,
            0,
            "is a description".to_owned(),
            "Taken as it is; `camkes check` says what is wrong with it, if anything.",
        );
        connectors(file, findings);
    }
}

/// Connectors that the application declares itself have no code here.
fn connectors(file: &File, findings: &mut Vec<Finding>) {
    for (index, line) in file.text.lines().enumerate() {
        let mut words = line.split_whitespace();
        if words.next() != Some("connector") {
            continue;
        }
        let Some(name) = words.next().map(|word| word.trim_end_matches('{')) else {
            continue;
        };
        findings.push(Finding {
            verdict: Verdict::Port,
            path: file.path.clone(),
            line: index + 1,
            what: format!("declares the connector {name}"),
            how: "Use one of the standard library's connectors if one fits; otherwise write a module of the camkes tool for it.".to_owned(),
        });
    }
}

fn line_of(text: &str, pattern: &str) -> usize {
    let at = text.find(pattern).unwrap_or(0);
    text[..at].matches('\n').count() + 1
}
