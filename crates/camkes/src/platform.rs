//! What `--platform` and `--board` stand for.

use std::path::{Path, PathBuf};

use camkes_lang::LoadOptions;
use serde::Deserialize;

/// `platforms/<platform>/camkes.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlatformFile {
    /// Folders for `#include`, below the standard library.
    include: Vec<PathBuf>,
}

/// Adds the folders of a platform, and of one of its boards, to what an assembly is read with:
/// its headers, and from beside the assembly the folder of that name, where applications keep what
/// differs between platforms, and the folder `configurations`, where they keep headers of their own.
///
/// # Errors
///
/// When there is no such platform or board, with the nearest name.
pub fn add(
    options: &mut LoadOptions, library: &Path, platform: &str, board: Option<&str>,
) -> Result<(), String> {
    let folder = member(&library.join("platforms"), "platform", platform)?;
    let file = folder.join("camkes.toml");
    let text = std::fs::read_to_string(&file).map_err(|error| {
        format!("--platform {platform}: can't read {}: {error}", file.display())
    })?;
    let data: PlatformFile =
        toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;

    let mut includes = Vec::new();
    if let Some(board) = board {
        includes.push(member(&folder.join("boards"), "board", board)?.join("include"));
    }
    includes.push(folder.join("include"));
    includes.extend(data.include.iter().map(|folder| library.join(folder)));
    includes.push(library.join("components/StringReverse/include"));
    options.include_paths.splice(0..0, includes);

    let application = options.main.parent().unwrap_or(Path::new("")).to_path_buf();
    let beside = application.join(platform);
    if beside.is_dir() {
        options.import_paths.push(beside.clone());
        options.include_paths.push(beside);
    }
    let configurations = application.join("configurations");
    if configurations.is_dir() {
        options.include_paths.push(configurations);
    }
    Ok(())
}

/// The folder `name` among its kind.
fn member(folder: &Path, kind: &str, name: &str) -> Result<PathBuf, String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    if names.iter().any(|known| known == name) {
        return Ok(folder.join(name));
    }
    names.sort_by_cached_key(|known| strsim::damerau_levenshtein(known, name));
    match names.first() {
        None => Err(format!("--{kind} {name}: {} has no {kind}s", folder.display())),
        Some(nearest) => Err(format!(
            "--{kind} {name}: there is no such {kind}; did you mean {nearest}? All: {}",
            sorted(&names).join(", ")
        )),
    }
}

fn sorted(names: &[String]) -> Vec<&str> {
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    sorted
}
