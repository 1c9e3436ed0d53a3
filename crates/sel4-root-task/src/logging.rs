//! The `log` crate's output on the console.

use log::{LevelFilter, Log, Metadata, Record};

use crate::debug_println;

struct ConsoleLogger;

impl Log for ConsoleLogger {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            debug_println!("{:5} [{}] {}", record.level(), record.target(), record.args());
        }
    }

    fn flush(&self) {}
}

/// Sends the `log` crate's records up to `level` to the console. Only the first call counts;
/// later ones change the level.
pub fn set_logger(level: LevelFilter) {
    // An error means that there is a logger already.
    let _ = log::set_logger(&ConsoleLogger);
    log::set_max_level(level);
}
