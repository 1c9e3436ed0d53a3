//! Virtual interrupt controllers for Arm guests: GICv2 and GICv3, for 1 to 8 processors.
//!
//! The guest's CPU interface is the hardware's virtual one, so what is modelled here is the
//! distributor, the redistributors, and what feeds the hardware's list registers.
//!
//! | module | subject |
//! |---|---|
//! | [`v2`] | registers of GICv2's distributor (Arm IHI 0048B) |
//! | [`v3`] | registers of GICv3's distributor and redistributors, system registers (Arm IHI 0069H) |
//! | [`Gic`] | the controller without its registers: lines in, list registers out |
//! | [`ListRegisters`] | what a vCPU provides |
//!
//! ```
//! use guest_memory::Width;
//! use vgic::{Config, Injection, InUse, ListRegisters};
//! use vmm::interrupt::{Interrupt, InterruptController, Spi};
//! use vmm::mmio::{Access, MmioDevice};
//! use vmm::report::DeviceLog;
//! use vmm::vcpu::VcpuId;
//!
//! struct Four;
//! impl ListRegisters for Four {
//!     fn count(&self) -> usize {
//!         4
//!     }
//!     fn inject(&mut self, index: usize, injection: Injection) -> Result<(), InUse> {
//!         assert_eq!((index, injection.intid.number()), (0, 33));
//!         Ok(())
//!     }
//! }
//!
//! let (gic, mut distributor) = vgic::v2::new(Config { vcpus: 1, spis: 64 })?;
//! let vcpu = VcpuId(0);
//! // The guest enables the distributor, and interrupt 33.
//! for (offset, value) in [(0x000, 1), (0x104, 1 << 1)] {
//!     let access = Access { offset, width: Width::Four, vcpu };
//!     distributor.write(access, value, &mut DeviceLog::new("gic", &mut ()));
//! }
//! // A device's wire goes high, and stays so after the guest has handled the interrupt.
//! gic.set_level(Interrupt::Spi(Spi::new(1).unwrap()), true);
//! assert_eq!(gic.deliver(vcpu, &mut Four), 1);
//! gic.ended(vcpu, 0);
//! assert_eq!(gic.deliver(vcpu, &mut Four), 1);
//! # Ok::<(), vgic::ConfigError>(())
//! ```
//!
//! Not modelled, since guests with one security state and without ITS don't need it: security
//! states, LPIs, message-based SPIs, GICv3's legacy operation without affinity routing, and NMIs.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod config;
mod cpus;
mod engine;
mod frame;
mod gic;
mod intid;
mod lists;
pub mod v2;
pub mod v3;

#[cfg(test)]
mod tests;

pub use config::{Config, ConfigError, MOST_SPIS};
pub use cpus::{MOST_VCPUS, Vcpus};
pub use gic::Gic;
pub use intid::{Group, IntId, Priority, Sgi};
pub use lists::{InUse, Injection, ListRegisters, MOST_LIST_REGISTERS};
