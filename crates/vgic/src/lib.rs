//! Virtual interrupt controllers for Arm guests.

#![no_std]
#![forbid(unsafe_code)]
