//! The seL4 ABI, written down once
