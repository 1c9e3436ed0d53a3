//! Reads, checks and writes installed seL4 prefixes
