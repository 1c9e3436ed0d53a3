//! Macros behind sel4-config
