//! cargo xtask: set up, run, test, measure


fn main() {}
