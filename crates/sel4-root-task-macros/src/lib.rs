//! Macros behind sel4-root-task
