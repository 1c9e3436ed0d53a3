//! The CAmkES language: parse, check, resolve

pub mod keys;
