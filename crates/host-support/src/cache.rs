//! Things that are downloaded or built once, shared by every checkout.
//!
//! They live under `$CARAVAN_CACHE`, else `$XDG_CACHE_HOME/caravan`, else `~/.cache/caravan`. An
//! entry is built in a directory of its own and renamed when it is complete, so that an
//! interruption leaves nothing that looks finished. Everything may be removed at any time.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::progress::say;

/// The cache directory.
pub struct Cache {
    root: PathBuf,
}

/// Held while an entry is being made; other processes wait for it.
pub struct Lock(#[expect(dead_code, reason = "the lock ends when the file is closed")] File);

impl Cache {
    /// Finds the directory by the environment and makes it.
    pub fn open() -> Result<Self> {
        Self::at(location(|name| std::env::var_os(name))?)
    }

    /// The cache in the directory `root`, which is made if it isn't there.
    pub fn at(root: PathBuf) -> Result<Self> {
        fs::create_dir_all(&root)
            .with_context(|| format!("could not make the cache directory {}", root.display()))?;
        let root =
            root.canonicalize().with_context(|| format!("could not resolve {}", root.display()))?;
        Ok(Self { root })
    }

    /// Where the entry `name` is or will be.
    pub fn entry(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Returns the entry `name`, made by `make` in an empty directory if it isn't there or if
    /// `verify` finds it incomplete.
    pub fn get_or_make(
        &self, name: &str, verify: impl Fn(&Path) -> Result<()>,
        make: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let entry = self.entry(name);
        if entry.exists() && verify(&entry).is_ok() {
            return Ok(entry);
        }
        let _lock = self.lock(name)?;
        self.remove_unfinished(name)?;
        // Somebody else may have made it while we waited.
        let damage = if entry.exists() { Some(verify(&entry)) } else { None };
        if let Some(Ok(())) = damage {
            return Ok(entry);
        }
        if let Some(Err(reason)) = damage {
            say("cache", &format!("{} is made again: {reason:#}", entry.display()));
        }
        let work = self.unfinished(name)?;
        let made = work.path().join("entry");
        fs::create_dir(&made)?;
        make(&made)?;
        verify(&made).context("what was just built is not complete")?;
        // The old entry stays until there is a new one. It is renamed first: a removal that is
        // interrupted must not leave half an entry.
        let discarded = self.unfinished(name)?;
        if entry.exists() {
            fs::rename(&entry, discarded.path().join("entry"))
                .with_context(|| format!("could not move {} away", entry.display()))?;
        }
        fs::rename(&made, &entry)
            .with_context(|| format!("could not put {} in place", entry.display()))?;
        Ok(entry)
    }

    /// A directory that counts as left behind when nobody renames what is in it.
    fn unfinished(&self, name: &str) -> Result<tempfile::TempDir> {
        tempfile::Builder::new()
            .prefix(&unfinished_prefix(name))
            .tempdir_in(&self.root)
            .with_context(|| format!("could not make a directory in {}", self.root.display()))
    }

    fn lock(&self, name: &str) -> Result<Lock> {
        let path = self.root.join(format!("{name}.lock"));
        let file = File::create(&path)
            .with_context(|| format!("could not make the lock file {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                say("cache", &format!("waiting for another process that makes {name}"));
                file.lock().with_context(|| format!("could not lock {}", path.display()))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("could not lock {}", path.display()));
            }
        }
        Ok(Lock(file))
    }

    /// Removes what interrupted builds of `name` left behind. The caller holds the lock.
    fn remove_unfinished(&self, name: &str) -> Result<()> {
        let prefix = unfinished_prefix(name);
        for item in fs::read_dir(&self.root)? {
            let item = item?;
            if item.file_name().to_string_lossy().starts_with(&prefix) {
                fs::remove_dir_all(item.path())
                    .with_context(|| format!("could not remove {}", item.path().display()))?;
            }
        }
        Ok(())
    }
}

fn unfinished_prefix(name: &str) -> String {
    // No name has an `@`: what another entry with a longer name is made in isn't ours.
    format!(".unfinished-{name}@")
}

fn location(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = set("CARAVAN_CACHE") {
        return Ok(path);
    }
    // The XDG specification says that a relative path is to be ignored.
    if let Some(path) = set("XDG_CACHE_HOME").filter(|path| path.is_absolute()) {
        return Ok(path.join("caravan"));
    }
    match set("HOME") {
        Some(home) => Ok(home.join(".cache/caravan")),
        None => bail!("no cache directory: set CARAVAN_CACHE, XDG_CACHE_HOME or HOME"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn variables(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        move |name| {
            let pair = pairs.iter().find(|(key, _)| *key == name)?;
            Some(pair.1.into())
        }
    }

    #[test]
    fn the_location_follows_the_environment() {
        let all = variables(&[("CARAVAN_CACHE", "/c"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]);
        assert_eq!(location(all).unwrap(), Path::new("/c"));
        let xdg = variables(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]);
        assert_eq!(location(xdg).unwrap(), Path::new("/x/caravan"));
        let relative = variables(&[("XDG_CACHE_HOME", "x"), ("HOME", "/h")]);
        assert_eq!(location(relative).unwrap(), Path::new("/h/.cache/caravan"));
        let error = location(variables(&[])).unwrap_err();
        assert!(error.to_string().starts_with("no cache directory: set"));
    }

    fn has_file(path: &Path) -> Result<()> {
        if path.join("file").exists() { Ok(()) } else { bail!("`file` is missing") }
    }

    #[test]
    fn an_entry_is_made_once_and_again_when_damaged() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path().join("deep/cache")).unwrap();
        let made = Cell::new(0);
        let get = || {
            cache.get_or_make("thing", has_file, |path| {
                made.set(made.get() + 1);
                Ok(fs::write(path.join("file"), "x")?)
            })
        };
        let path = get().unwrap();
        assert_eq!(get().unwrap(), path);
        assert_eq!(made.get(), 1);
        fs::remove_file(path.join("file")).unwrap();
        get().unwrap();
        assert_eq!(made.get(), 2);
    }

    #[test]
    fn a_failed_renewal_keeps_the_old_entry() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path().to_owned()).unwrap();
        let entry = cache.entry("thing");
        let make = |path: &Path| Ok(fs::write(path.join("file"), "x")?);
        cache.get_or_make("thing", has_file, make).unwrap();
        let renew = |path: &Path| if path == entry { bail!("out of date") } else { Ok(()) };
        let error = cache.get_or_make("thing", renew, |_| bail!("no network")).unwrap_err();
        assert_eq!(error.to_string(), "no network");
        assert!(entry.join("file").exists());
    }

    #[test]
    fn a_failure_leaves_no_entry() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path().to_owned()).unwrap();
        let error = cache.get_or_make("thing", has_file, |_| bail!("no disk"));
        assert_eq!(error.unwrap_err().to_string(), "no disk");
        assert!(!cache.entry("thing").exists());
        let incomplete = cache.get_or_make("thing", has_file, |_| Ok(())).unwrap_err();
        assert_eq!(
            format!("{incomplete:#}"),
            "what was just built is not complete: `file` is missing"
        );
        let left: Vec<_> =
            fs::read_dir(directory.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
        assert_eq!(left, ["thing.lock"]);
    }
}
