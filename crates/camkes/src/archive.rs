//! `camkes archive`: files for a FileServer, as one file.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Outcome;
use crate::arguments::Archive;
use crate::assemble::{pairs, read_file, write_file};

/// Packs the files by their names. The same files give the same bytes.
pub fn run(options: &Archive) -> Result<Outcome, String> {
    let mut files = BTreeMap::new();
    for (name, path) in pairs("file", &options.files)? {
        if files.insert(name, read_file(Path::new(path))?).is_some() {
            return Err(format!("file {name}={path}: there is one of that name already"));
        }
    }
    let list = files.iter().map(|(name, bytes)| (*name, bytes.as_slice()));
    write_file(&options.output, &camkes_assemble::cpio::pack(list)?)?;
    Ok(Outcome::Good)
}
