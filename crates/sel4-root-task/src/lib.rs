//! A runtime for root tasks
