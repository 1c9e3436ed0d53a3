//! Installing packages with apt: the machine's own release first, its backports where that fails.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::apt::{System, sources};
use crate::command;
use crate::progress::say;

/// The source list that we add where backports are needed and unknown.
const BACKPORTS_FILE: &str = "/etc/apt/sources.list.d/caravan-backports.sources";
const UPDATE_LIMIT: Duration = Duration::from_secs(300);
const INSTALL_LIMIT: Duration = Duration::from_secs(900);

/// Installs `packages`, after asking unless `yes` or nobody is there to answer.
pub fn install(system: &System, packages: &[&str], yes: bool) -> Result<()> {
    if !yes && someone_answers() && !confirm(packages)? {
        bail!("not installed; `cargo xtask setup --yes` doesn't ask");
    }
    if !known(packages)? {
        update("fetching the package lists")?;
    }
    let Err(error) = simulate(packages, None) else {
        return install_or_refresh(packages, None);
    };
    let Some(suite) = backports_suite(system) else {
        return Err(error);
    };
    say("setup", &format!("the stock packages can't be installed, trying {suite}"));
    if !has_suite(&suite)? {
        add_backports(system, &suite)?;
    }
    simulate(packages, Some(&suite)).context("neither the stock packages nor backports fit")?;
    install_or_refresh(packages, Some(&suite))
}

fn backports_suite(system: &System) -> Option<String> {
    let codename = system.codename().filter(|_| system.is_debian())?;
    Some(format!("{codename}-backports"))
}

/// With CI set or without a terminal nobody answers, and the answer is yes.
fn someone_answers() -> bool {
    let ci = std::env::var("CI").is_ok_and(|value| value != "false" && !value.is_empty());
    !ci && std::io::stdin().is_terminal()
}

fn confirm(packages: &[&str]) -> Result<bool> {
    eprint!("Install {} with apt? [Y/n] ", packages.join(", "));
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}

/// Whether apt's lists have a candidate for every package; they may be empty on a fresh machine.
fn known(packages: &[&str]) -> Result<bool> {
    let text =
        command::query(Command::new("apt-cache").env("LC_ALL", "C").arg("policy").args(packages))?;
    let candidates = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Candidate: "))
        .filter(|candidate| *candidate != "(none)");
    Ok(candidates.count() == packages.len())
}

fn has_suite(suite: &str) -> Result<bool> {
    let text = command::query(Command::new("apt-cache").env("LC_ALL", "C").arg("policy"))?;
    Ok(lists_suite(&text, suite))
}

/// Looks for a suite or codename in the output of `apt-cache policy`.
fn lists_suite(policy: &str, suite: &str) -> bool {
    let wanted = [format!("a={suite}"), format!("n={suite}")];
    policy
        .lines()
        .filter_map(|line| line.trim().strip_prefix("release "))
        .flat_map(|release| release.split(','))
        .any(|field| wanted.iter().any(|name| field == name))
}

fn add_backports(system: &System, suite: &str) -> Result<()> {
    let codename = system.codename().unwrap_or_default();
    let mirror = sources::mirror_of(&sources::read_system(), codename)
        .with_context(|| format!("no apt source for {codename} main: {suite} can't be added"))?;
    let text = format!("# Added by cargo xtask setup\n{}", mirror.stanza(&[suite]));
    say("setup", &format!("adding {suite} to apt's sources as {BACKPORTS_FILE}"));
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("backports.sources");
    fs::write(&file, text)?;
    let mut copy = as_root("install");
    copy.args(["-m", "644"]).arg(&file).arg(BACKPORTS_FILE);
    command::query(&mut copy)?;
    update(&format!("fetching the package lists with {suite}"))
}

fn update(text: &str) -> Result<()> {
    let mut apt = apt_get();
    command::step("setup", text, apt.arg("update"), UPDATE_LIMIT).map(drop)
}

fn simulate(packages: &[&str], suite: Option<&str>) -> Result<()> {
    let mut apt = Command::new("apt-get");
    apt.env("LC_ALL", "C").arg("--simulate");
    let outcome = command::capture(add_install(&mut apt, packages, suite), UPDATE_LIMIT, || ())?;
    if outcome.status.success() {
        return Ok(());
    }
    bail!("apt can't install {}:\n{}", packages.join(", "), outcome.output.trim());
}

/// Installs; lists that are too old name files that are gone, so they are fetched once more then.
fn install_or_refresh(packages: &[&str], suite: Option<&str>) -> Result<()> {
    let text = format!("installing {}", packages.join(", "));
    let run = || {
        let mut apt = apt_get();
        command::step("setup", &text, add_install(&mut apt, packages, suite), INSTALL_LIMIT)
    };
    if run().is_err() {
        update("fetching newer package lists")?;
        run()?;
    }
    Ok(())
}

fn add_install<'a>(
    apt: &'a mut Command, packages: &[&str], suite: Option<&str>,
) -> &'a mut Command {
    // Without `--no-remove` apt may solve a conflict by taking away what the user has installed.
    apt.args(["install", "--yes", "--no-install-recommends", "--no-remove"]);
    if let Some(suite) = suite {
        apt.args(["--target-release", suite]);
    }
    apt.args(packages)
}

fn apt_get() -> Command {
    let mut command = as_root("env");
    command.args([
        "DEBIAN_FRONTEND=noninteractive",
        "LC_ALL=C",
        "apt-get",
        "-o",
        "DPkg::Lock::Timeout=120",
    ]);
    command
}

/// A command that runs as root: through sudo when we aren't.
fn as_root(program: &str) -> Command {
    if rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    if !someone_answers() || !Path::new("/dev/tty").exists() {
        sudo.arg("--non-interactive");
    }
    sudo.arg(program);
    sudo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_in_a_policy() {
        let policy = "Package files:\n 100 http://m.example/debian bookworm-backports/main amd64 Packages\n     \
                      release o=Debian Backports,a=oldstable-backports,n=bookworm-backports,l=Debian Backports,c=main,b=amd64\n     \
                      origin m.example\n";
        assert!(lists_suite(policy, "bookworm-backports"));
        assert!(lists_suite(policy, "oldstable-backports"));
        assert!(!lists_suite(policy, "bookworm"));
    }

    #[test]
    fn the_suite_is_given_to_apt() {
        let mut apt = Command::new("apt-get");
        add_install(&mut apt, &["qemu-system-arm"], Some("bookworm-backports"));
        assert_eq!(
            command::Shown(&apt).to_string(),
            "apt-get install --yes --no-install-recommends --no-remove --target-release \
             bookworm-backports qemu-system-arm"
        );
    }
}
