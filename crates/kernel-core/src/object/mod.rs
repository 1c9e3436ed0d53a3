//! Kernel objects: where their words are, and the operations on them.

mod cnode;
mod domain;
mod endpoint;
mod irq;
mod notification;
pub mod sizes;
mod slot;
mod tcb;
mod tcb_invocation;
mod tcb_registers;
mod untyped;

pub use endpoint::{Endpoint, EndpointState, Send};
pub use irq::{IrqState, IrqTable, MAX_IRQS};
pub use notification::{Notification, NotificationState};
pub use slot::Slot;
pub use tcb::{NAME_BYTES, TCB_SLOTS, Tcb, TcbSlot, ThreadState};
