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
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(1200);

/// The file with apt's settings.
const SETTINGS: &str = "apt.conf";

/// Which packages a private apt state knows.
#[derive(Debug, Clone, Copy)]
pub struct Archive<'a> {
    /// Where from.
    pub mirror: &'a Mirror,
    /// Suites, as `trixie`.
    pub suites: &'a [&'a str],
    /// Debian's name of the architecture, `None` for the machine's own.
    pub architecture: Option<&'a str>,
    /// Packages that count as installed: nothing that depends on them gets them.
    pub assumed: &'a [&'a str],
}

/// An apt state that knows only the given suites of one mirror.
pub struct PrivateApt {
    directory: PathBuf,
    topic: &'static str,
}

/// A version of a package that the suites offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The package's name.
    pub package: String,
    /// The full Debian version.
    pub version: String,
}

/// A package file that has to be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Planned {
    file: String,
    size: u64,
}

impl PrivateApt {
    /// Fetches the package lists into `directory`. Steps are announced under `topic`.
    pub fn new(directory: &Path, archive: &Archive, topic: &'static str) -> Result<Self> {
        for part in ["state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(directory.join(part))?;
        }
        let architecture = archive.architecture.unwrap_or("all");
        let status: String =
            archive.assumed.iter().map(|package| assumed(package, architecture)).collect();
        fs::write(directory.join("status"), status)?;
        // Package lists only: some machines ask for icons and descriptions of every suite, too.
        let stanza = archive.mirror.stanza(archive.suites) + "Targets: Packages\n";
        fs::write(directory.join("caravan.sources"), stanza)?;
        fs::write(directory.join(SETTINGS), settings(directory, archive.architecture)?)?;
        let apt = Self { directory: directory.to_owned(), topic };
        let of = archive.architecture.map(|name| format!(" for {name}")).unwrap_or_default();
        command::step(
            topic,
            &format!("fetching the package lists of {}{of}", archive.suites.join(", ")),
            apt.command("apt-get").arg("update"),
            UPDATE_LIMIT,
        )?;
        Ok(apt)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("-c").arg(self.directory.join(SETTINGS));
        command
    }

    /// All versions of `packages` that the suites offer.
    pub fn offers(&self, packages: &[&str]) -> Result<Vec<Offer>> {
        let mut command = self.command("apt-cache");
        let text = command::query(command.arg("madison").args(packages))?;
        Ok(parse_madison(&text))
    }

    /// Downloads `packages` and what they depend on, and returns the package files.
    pub fn download(&self, packages: &[&str]) -> Result<Vec<PathBuf>> {
        let install = || {
            let mut apt = self.command("apt-get");
            apt.args(["install", "--yes", "--no-install-recommends"]);
            apt
        };
        let plan = command::query(install().args(["-qq", "--print-uris"]).args(packages))?;
        let plan = parse_plan(&plan);
        if plan.is_empty() {
            bail!("apt has nothing to download for {}", packages.join(", "));
        }
        let bytes: u64 = plan.iter().map(|file| file.size).sum();
        command::step(
            self.topic,
            &format!("downloading {} ({} files, {})", packages.join(", "), plan.len(), mb(bytes)),
            install().arg("--download-only").args(packages),
            DOWNLOAD_LIMIT,
        )?;
        let archives = self.directory.join("cache/archives");
        let paths: Vec<_> = plan.iter().map(|planned| archives.join(&planned.file)).collect();
        if let Some(missing) = paths.iter().find(|path| !path.is_file()) {
            bail!("apt-get install --download-only left no {}", missing.display());
        }
        Ok(paths)
    }

    /// Downloads one package file and unpacks it into `target`.
    pub fn unpack(&self, offer: &Offer, target: &Path) -> Result<()> {
        let downloads = self.directory.join("download");
        fs::create_dir_all(&downloads)?;
        let name = format!("{}={}", offer.package, offer.version);
        command::step(
            self.topic,
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
            self.topic,
            "unpacking it",
            Command::new("dpkg-deb").arg("-x").arg(&file).arg(target),
            DOWNLOAD_LIMIT,
        )?;
        fs::remove_file(&file).with_context(|| format!("could not remove {}", file.display()))
    }
}

/// Settings (apt.conf(5)) that come after the machine's own.
fn settings(directory: &Path, architecture: Option<&str>) -> Result<String> {
    let directory = directory.display().to_string();
    if directory.contains(['"', '\n']) {
        bail!("{directory}: apt can't use a directory with quotation marks in its name");
    }
    let mut lines = Vec::new();
    for (name, value) in [
        ("Dir::State", "state"),
        ("Dir::State::status", "status"),
        ("Dir::Cache", "cache"),
        ("Dir::Cache::archives", "cache/archives"),
        ("Dir::Etc::sourcelist", "caravan.sources"),
    ] {
        lines.push(format!("{name} \"{directory}/{value}\";\n"));
    }
    for name in ["sourceparts", "preferences", "preferencesparts"] {
        lines.push(format!("Dir::Etc::{name} \"/dev/null\";\n"));
    }
    lines.push("Acquire::Languages \"none\";\n".to_owned());
    // A mirror that can't be reached would only be a warning.
    lines.push("APT::Update::Error-Mode \"any\";\n".to_owned());
    if let Some(architecture) = architecture {
        lines.push(format!("APT::Architecture \"{architecture}\";\n"));
        // With the machine's own list, its architecture would be asked for, too.
        lines.push(format!(
            "#clear APT::Architectures;\nAPT::Architectures {{ \"{architecture}\"; }};\n"
        ));
    }
    if rustix::process::geteuid().is_root() {
        // apt's own user can't reach a directory below root's home.
        lines.push("APT::Sandbox::User \"root\";\n".to_owned());
    }
    Ok(lines.concat())
}

/// The entry with which dpkg would describe an installed package, in any version asked for.
fn assumed(package: &str, architecture: &str) -> String {
    format!(
        "Package: {package}\nStatus: install ok installed\nMaintainer: nobody\nDescription: \
         assumed\nArchitecture: {architecture}\nVersion: 9999:0\n\n"
    )
}

/// The lines of `apt-get --print-uris`: `'URI' FILE SIZE HASH`.
fn parse_plan(text: &str) -> Vec<Planned> {
    let line = |line: &str| {
        let mut words = line.strip_prefix('\'')?.split_once("' ")?.1.split_whitespace();
        let file = words.next()?.to_owned();
        let size = words.next()?.parse().ok()?;
        // A file name only: it is joined to a directory.
        (!file.contains('/')).then_some(Planned { file, size })
    };
    text.lines().filter_map(line).collect()
}

/// A size for people: `1.4 MB`.
fn mb(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{} MB", tenths / 10, tenths % 10)
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
    fn settings_name_the_directory() {
        let text = settings(Path::new("/a b"), Some("arm64")).unwrap();
        assert!(text.contains("Dir::State::status \"/a b/status\";\n"), "{text}");
        assert!(text.contains("APT::Architectures { \"arm64\"; };\n"), "{text}");
        assert!(!settings(Path::new("/a"), None).unwrap().contains("Architecture"));
        let error = settings(Path::new("/a\"b"), None).unwrap_err().to_string();
        assert!(error.contains("quotation marks"), "{error}");
    }

    #[test]
    fn plan_lines() {
        let plan = parse_plan(
            "'http://m.example/debian/pool/main/b/busybox/busybox-static_1.35.0-4%2bb1_arm64.deb' \
             busybox-static_1%3a1.35.0-4+b1_arm64.deb 822236 MD5Sum:49b1dbf1d63f\n\
             Reading package lists...\n'http://x' ../../etc/x 5 SHA256:0\n'http://x' y many\n",
        );
        let file = "busybox-static_1%3a1.35.0-4+b1_arm64.deb".to_owned();
        assert_eq!(plan, [Planned { file, size: 822_236 }]);
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(mb(0), "0.0 MB");
        assert_eq!(mb(1444), "0.1 MB");
        assert_eq!(mb(61_234_567), "61.3 MB");
    }

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
