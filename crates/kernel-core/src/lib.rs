//! The embedded kernel's algorithms, free of unsafe code
