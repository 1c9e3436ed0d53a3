//! Reading an assembly and everything that it imports.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use crate::ast::{Include, Item};
use crate::diagnostics::Diagnostic;
use crate::options::LoadOptions;
use crate::preprocess::{Cpp, preprocess};
use crate::source::{SourceMap, Span, offset};
use crate::{parse, tokens};

/// All declarations of all files.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// In the order of the text, an import's in place of the import.
    pub items: Vec<Item>,
    /// Every file that was read.
    pub files: BTreeSet<PathBuf>,
}

/// Reads the main file and, once each, what it imports.
pub(crate) fn read(
    options: &LoadOptions, sources: &mut SourceMap, diagnostics: &mut Vec<Diagnostic>,
) -> Program {
    let mut reader = Reader::new(options, sources, diagnostics);
    reader.run();
    reader.program
}

/// Reads the main file only; its imports stay in the program.
pub(crate) fn read_one(
    options: &LoadOptions, sources: &mut SourceMap, diagnostics: &mut Vec<Diagnostic>,
) -> Program {
    let mut reader = Reader::new(options, sources, diagnostics);
    let items = reader.file(&options.main, None);
    reader.program.items = items.into_iter().map(|(_, item)| item).collect();
    reader.program
}

struct Reader<'a> {
    options: &'a LoadOptions,
    sources: &'a mut SourceMap,
    diagnostics: &'a mut Vec<Diagnostic>,
    cpp: Cpp,
    /// Files that need not be imported (again), by their canonical paths.
    seen: HashSet<PathBuf>,
    program: Program,
}

impl<'a> Reader<'a> {
    fn new(
        options: &'a LoadOptions, sources: &'a mut SourceMap, diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            options,
            sources,
            diagnostics,
            cpp: Cpp::default(),
            seen: HashSet::new(),
            program: Program::default(),
        }
    }

    fn run(&mut self) {
        // A queue instead of recursion: imports may be nested without limit.
        let mut queue: VecDeque<(PathBuf, Item)> = self.file(&self.options.main, None).into();
        while let Some((from, item)) = queue.pop_front() {
            let Item::Import(import) = item else {
                self.program.items.push(item);
                continue;
            };
            let Some(path) = self.find(&import, &from) else {
                self.not_found(&import, &from);
                continue;
            };
            if self.seen.contains(&canonical(&path)) {
                continue;
            }
            for item in self.file(&path, Some(import.span)).into_iter().rev() {
                queue.push_front(item);
            }
        }
    }

    /// The declarations of one file, each with the file's path.
    fn file(&mut self, path: &Path, import: Option<Span>) -> Vec<(PathBuf, Item)> {
        self.seen.insert(canonical(path));
        let Some(text) =
            preprocess(path, import, self.options, &mut self.cpp, self.sources, self.diagnostics)
        else {
            return Vec::new();
        };
        // As in the C tool, what was included need not be imported.
        self.seen.extend(text.files.iter().map(|file| canonical(file)));
        self.program.files.extend(text.files.iter().cloned());
        let main = self.sources.add(path, String::new);
        let mapped = tokens::map(&text, main, self.sources);
        let length = offset(self.sources.file(main).text().len());
        let end = Span { file: main, start: length, end: length };
        let (items, mut found) = parse::parse(&mapped, end);
        self.diagnostics.append(&mut found);
        items.into_iter().map(|item| (path.to_path_buf(), item)).collect()
    }

    /// The directories that an `import <...>` is looked for in.
    fn directories(&self) -> impl Iterator<Item = &PathBuf> {
        let options = self.options;
        options.builtin_dir.iter().chain(&options.import_paths)
    }

    fn find(&self, import: &Include, from: &Path) -> Option<PathBuf> {
        if import.angled {
            return self
                .directories()
                .map(|directory| directory.join(&import.file))
                .find(|path| path.is_file());
        }
        let path = from.parent().unwrap_or(Path::new("")).join(&import.file);
        path.is_file().then_some(path)
    }

    fn not_found(&mut self, import: &Include, from: &Path) {
        let name = &import.file;
        let mut diagnostic = Diagnostic::error(
            "unknown-import",
            format!("the imported file `{name}` does not exist"),
        )
        .at(import.span);
        if import.angled {
            let searched: Vec<String> =
                self.directories().map(|directory| format!("`{}`", directory.display())).collect();
            diagnostic = diagnostic.note(if searched.is_empty() {
                "there is no directory to search for `import <...>`".to_owned()
            } else {
                format!("searched: {}", searched.join(", "))
            });
            if from.with_file_name(name).is_file() {
                diagnostic = diagnostic.help(format!(
                    "it is in the importing file's directory: write `import \"{name}\";`"
                ));
            } else if let Some(folder) = self.deeper(name) {
                diagnostic = diagnostic.help(format!(
                    "`{}` has such a file, but is not searched: add it with `-I`",
                    folder.display()
                ));
            }
        } else if self.directories().any(|dir| dir.join(name).is_file()) {
            diagnostic =
                diagnostic.help(format!("it is on the import path: write `import <{name}>;`"));
        }
        let near = self.near_files(import, from);
        self.diagnostics.push(diagnostic.suggest(name, near.iter().map(String::as_str)));
    }

    /// A folder in one of the searched directories that has the file: of several, the last by name,
    /// which is the newest where folders are versions.
    fn deeper(&self, name: &str) -> Option<PathBuf> {
        self.directories()
            .filter_map(|directory| std::fs::read_dir(directory).ok())
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|folder| folder.join(name).is_file())
            .max()
    }

    /// Files beside the one that is missing, named as the import would name them.
    fn near_files(&self, import: &Include, from: &Path) -> Vec<String> {
        let wanted = Path::new(&import.file);
        let parent = wanted.parent().unwrap_or(Path::new(""));
        let roots: Vec<PathBuf> = if import.angled {
            self.directories().cloned().collect()
        } else {
            from.parent().map(Path::to_path_buf).into_iter().collect()
        };
        let mut names: Vec<String> = roots
            .iter()
            .filter_map(|root| std::fs::read_dir(root.join(parent)).ok())
            .flatten()
            .filter_map(|entry| Some(parent.join(entry.ok()?.file_name()).to_str()?.to_owned()))
            .collect();
        names.sort();
        names
    }
}

/// The same file has the same canonical path, however it is named.
fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}
