//! Look-ups and downloads with an apt state of their own: the machine's configuration, lists and
//! installed packages stay as they are. apt verifies signatures and hashes as it always does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::sources::Mirror;
use crate::command;

const UPDATE_LIMIT: Duration = Duration::from_secs(300);
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(600);

/// An apt state that knows only the given suites of one mirror.
pub struct PrivateApt {
    directory: PathBuf,
}

/// A version of a package that the suites offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The package's name.
    pub package: String,
    /// The full Debian version.
    pub version: String,
}

impl PrivateApt {
    /// Fetches the package lists of `suites` into `directory`.
    pub fn new(directory: &Path, mirror: &Mirror, suites: &[&str]) -> Result<Self> {
        for part in ["state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(directory.join(part))?;
        }
        fs::write(directory.join("status"), "")?;
        // Package lists only: some machines ask for icons and descriptions of every suite, too.
        let stanza = mirror.stanza(suites) + "Targets: Packages\n";
        fs::write(directory.join("caravan.sources"), stanza)?;
        let apt = Self { directory: directory.to_owned() };
        command::step(
            "toolchain",
            &format!("fetching the package lists of {}", suites.join(", ")),
            apt.command("apt-get").arg("update"),
            UPDATE_LIMIT,
        )?;
        Ok(apt)
    }

    fn command(&self, program: &str) -> Command {
        let path = |name: &str| self.directory.join(name).display().to_string();
        let mut command = Command::new(program);
        let mut option = |name: &str, value: &str| {
            command.args(["-o", &format!("{name}={value}")]);
        };
        option("Dir::State", &path("state"));
        option("Dir::State::status", &path("status"));
        option("Dir::Cache", &path("cache"));
        option("Dir::Etc::sourcelist", &path("caravan.sources"));
        option("Dir::Etc::sourceparts", "/dev/null");
        option("Dir::Etc::preferences", "/dev/null");
        option("Dir::Etc::preferencesparts", "/dev/null");
        option("Acquire::Languages", "none");
        if rustix::process::geteuid().is_root() {
            // apt's own user can't reach a directory below root's home.
            option("APT::Sandbox::User", "root");
        }
        command
    }

    /// All versions of `packages` that the suites offer.
    pub fn offers(&self, packages: &[&str]) -> Result<Vec<Offer>> {
        let mut command = self.command("apt-cache");
        let text = command::query(command.arg("madison").args(packages))?;
        Ok(parse_madison(&text))
    }

    /// Downloads one package file and unpacks it into `target`.
    pub fn unpack(&self, offer: &Offer, target: &Path) -> Result<()> {
        let downloads = self.directory.join("download");
        fs::create_dir_all(&downloads)?;
        let name = format!("{}={}", offer.package, offer.version);
        command::step(
            "toolchain",
            &format!("downloading Debian's {name}"),
            self.command("apt-get").args(["download", &name]).current_dir(&downloads),
            DOWNLOAD_LIMIT,
        )?;
        let file = fs::read_dir(&downloads)?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "deb"));
        let Some(file) = file else {
            bail!("apt-get download {name} left no package file");
        };
        command::step(
            "toolchain",
            "unpacking it",
            Command::new("dpkg-deb").arg("-x").arg(&file).arg(target),
            DOWNLOAD_LIMIT,
        )?;
        fs::remove_file(&file).with_context(|| format!("could not remove {}", file.display()))
    }
}

fn parse_madison(text: &str) -> Vec<Offer> {
    let line = |line: &str| {
        let mut columns = line.split('|').map(str::trim);
        let package = columns.next()?.to_owned();
        let version = columns.next()?.to_owned();
        Some(Offer { package, version })
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn madison_lines() {
        let offers = parse_madison(
            "  rust-src | 1.95.0+dfsg1-2~bpo13+1 | http://m.example/debian trixie-backports/main amd64 Packages\n\
             \x20 rust-src | 1.90.0+dfsg1-1 | http://m.example/debian testing/main amd64 Packages\n\n",
        );
        assert_eq!(offers.len(), 2);
        assert_eq!(offers[0].package, "rust-src");
        assert_eq!(offers[0].version, "1.95.0+dfsg1-2~bpo13+1");
    }
}
