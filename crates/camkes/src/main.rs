//! The camkes command


fn main() {}
