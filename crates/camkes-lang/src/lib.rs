//! The CAmkES language: parse, check, resolve
