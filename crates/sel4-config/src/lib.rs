//! The configuration of the kernel that the code is built for
