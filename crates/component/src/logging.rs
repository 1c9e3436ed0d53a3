//! The `log` crate's records, on the instance's output.

use log::{LevelFilter, Log, Metadata, Record};

use crate::local::state;

struct Logger;

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            crate::println!("{}: {:5} {}", instance(), record.level(), record.args());
        }
    }

    fn flush(&self) {}
}

/// The instance's name, if it is known yet.
pub(crate) fn instance() -> &'static str {
    state().config.get().map_or("component", |config| config.name())
}

/// Sends records to the output. The instance's setting `log_level` says up to which level;
/// without it, `info`.
#[cfg_attr(not(target_os = "none"), allow(dead_code))]
pub(crate) fn init() {
    let level = state().config.get().and_then(|config| config.setting("log_level"));
    let level = level.and_then(|value| value.as_str()?.parse().ok()).unwrap_or(LevelFilter::Info);
    // An error means that there is a logger already, of the component's own.
    let _ = log::set_logger(&Logger);
    log::set_max_level(level);
}
