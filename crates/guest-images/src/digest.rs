//! Names for what was made from the same inputs.

use sha2::{Digest, Sha256};

/// A short name for `parts`: 16 hexadecimal digits of their SHA-256, each with its length.
#[must_use]
pub fn short(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod test {
    use super::short;

    #[test]
    fn parts_do_not_run_together() {
        assert_eq!(short(&[b"ab", b"c"]).len(), 16);
        assert_ne!(short(&[b"ab", b"c"]), short(&[b"a", b"bc"]));
        assert_eq!(short(&[b"ab"]), short(&[b"ab"]));
    }
}
