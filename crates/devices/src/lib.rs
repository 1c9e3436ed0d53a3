//! Models of the simple devices of Arm guests.
//!
//! | module | subject |
//! |---|---|
//! | [`pl011`] | serial port (Arm DDI 0183G) |
//! | [`pl031`] | real-time clock (Arm DDI 0224C) |
//! | [`pl061`] | eight general-purpose pins (Arm DDI 0190B) |
//! | [`power_button`] | a button on such a pin, which asks the guest to shut down |
//! | [`shared`] | a device that the guest's bus and the host both reach |
//! | [`timed`] | devices that want to be woken |
//!
//! A model sees offsets and drives an [`InterruptLine`](vmm::interrupt::InterruptLine); where its
//! registers are and which interrupt it has is decided elsewhere.
//!
//! ```
//! use devices::pl011::{Pl011, Revision};
//! use guest_memory::Width;
//! use vmm::mmio::{Access, MmioDevice};
//! use vmm::report::DeviceLog;
//! use vmm::vcpu::VcpuId;
//!
//! // No interrupt line, and output into a vector.
//! let mut uart = Pl011::new(Revision::R1p5, (), Vec::new());
//! let access = Access { offset: 0x000, width: Width::Four, vcpu: VcpuId(0) };
//! uart.write(access, u64::from(b'!'), &mut DeviceLog::new("uart0", &mut ()));
//! assert_eq!(uart.sink(), b"!");
//! ```

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod pl011;
pub mod pl031;
pub mod pl061;
pub mod power_button;
mod prime_cell;
mod register;
pub mod shared;
pub mod timed;

#[cfg(test)]
mod testing;
