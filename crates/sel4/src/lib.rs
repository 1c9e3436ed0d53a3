//! Typed bindings to the seL4 API
