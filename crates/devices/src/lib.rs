//! Models of the simple devices of Arm guests.

#![no_std]
#![forbid(unsafe_code)]
