//! What tests of installed kernels share.

use sel4_prefix::Prefix;

/// The prefix that a variable of the environment names.
pub fn prefix(variable: &str) -> Prefix {
    match std::env::var_os(variable) {
        Some(path) => Prefix::open(path).unwrap(),
        None => panic!("{variable} isn't set, expected the directory of an installed kernel"),
    }
}
