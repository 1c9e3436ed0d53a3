//! Output.

use core::fmt;

use component_config::read::Console;
use component_config::slot;
use system_spec::log_ring::{LogRing, PAGE_SIZE};

use crate::local::state;

/// Where output goes.
#[derive(Clone, Copy)]
#[cfg_attr(not(target_os = "none"), allow(dead_code))]
pub(crate) enum Output {
    /// To the monitor.
    Ring(&'static LogRing),
    /// To the kernel's console, where the kernel has one.
    Debug,
    /// Nowhere.
    None,
}

impl Output {
    #[cfg_attr(not(target_os = "none"), allow(dead_code))]
    pub(crate) fn configured(console: Console) -> Self {
        match console {
            Console::Ring(region) => {
                let address = usize::try_from(region.address).unwrap_or(0);
                let ring = core::ptr::with_exposed_provenance::<LogRing>(address);
                if ring.is_null() || !ring.is_aligned() || region.size < PAGE_SIZE as u64 {
                    return Self::None;
                }
                // SAFETY: the assembler has mapped a frame for the ring there, for as long as the
                // program runs. All of the ring is atomic, as the monitor uses it as well.
                Self::Ring(unsafe { &*ring })
            }
            Console::Debug => Self::Debug,
            Console::None => Self::None,
        }
    }
}

/// The instance's output. [`println!`](crate::println) writes to it.
#[derive(Clone, Copy, Debug)]
pub struct Stdout;

impl fmt::Write for Stdout {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match state().output.get() {
            Output::Ring(ring) => write_ring(ring, text.as_bytes(), tell_monitor),
            Output::Debug => sel4::DebugWrite.write_str(text)?,
            Output::None => (),
        }
        Ok(())
    }
}

/// How often a full ring is looked at again before the output is dropped.
const PATIENCE: usize = 1000;

/// Writes to the ring, and tells the reader of complete lines, and when there is no room.
fn write_ring(ring: &LogRing, mut bytes: &[u8], mut tell: impl FnMut()) {
    let lines = bytes.contains(&b'\n');
    let mut patience = PATIENCE;
    loop {
        let written = ring.write(bytes);
        bytes = bytes.get(written..).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        tell();
        if written == 0 {
            patience -= 1;
            if patience == 0 {
                return;
            }
            // The monitor has the highest priority, so it may only be on another core.
            sel4::r#yield();
        }
    }
    if lines {
        tell();
    }
}

/// Lets the monitor look at components' output once more.
pub fn tell_monitor() {
    // The thread's own buffer may be borrowed: panics print as well. Signals leave it alone.
    let mut ipc_buffer = sel4::IpcBuffer::default();
    sel4::cap::Notification::from_bits(slot::MONITOR.into()).with(&mut ipc_buffer).signal();
}

#[doc(hidden)]
pub fn print(args: fmt::Arguments<'_>) {
    // A value's own `Display` can fail; what was printed before stays, and that says enough.
    let _ = fmt::Write::write_fmt(&mut Stdout, args);
}

/// Prints to the instance's output.
#[macro_export]
macro_rules! print {
    ($($arg:tt)*) => { $crate::_private::print(::core::format_args!($($arg)*)) };
}

/// Prints a line to the instance's output.
#[macro_export]
macro_rules! println {
    () => { $crate::print!("\n") };
    ($($arg:tt)*) => { $crate::print!("{}\n", ::core::format_args!($($arg)*)) };
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn lines_and_full_rings_are_told() {
        let ring = LogRing::default();
        let mut told = 0;
        write_ring(&ring, b"no line yet", || told += 1);
        assert_eq!(told, 0);
        write_ring(&ring, b": now\n", || told += 1);
        assert_eq!(told, 1);
        let mut buffer = [0; 64];
        let count = ring.read(&mut buffer);
        assert_eq!(&buffer[..count], b"no line yet: now\n");

        let long = [b'x'; 10_000];
        let mut all = 0;
        write_ring(&ring, &long, || all += ring.read(&mut [0; PAGE_SIZE]));
        all += ring.read(&mut [0; PAGE_SIZE]);
        assert_eq!(all, long.len());
    }
}
