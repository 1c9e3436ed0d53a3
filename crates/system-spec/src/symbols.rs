//! Names of a program's functions, to say in which one an address is.
//!
//! A table of records, sorted by address, then their names as text; numbers are little-endian.
//! A lookup reads the table where it lies.

/// `name+offset` for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// The function.
    pub name: &'a str,
    /// Bytes from its begin.
    pub offset: u64,
}

impl core::fmt::Display for Symbol<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}+{:#x}", self.name, self.offset)
    }
}

const RECORD: usize = 24;

/// One record: address, size, offset of the name from the end of the table, length of the name.
struct Record {
    address: u64,
    size: u64,
    name: usize,
    length: usize,
}

fn record(table: &[u8], index: usize) -> Option<Record> {
    let bytes = table.get(index.checked_mul(RECORD)?..)?;
    let word = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let half = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    Some(Record {
        address: word(0)?,
        size: word(8)?,
        name: usize::try_from(half(16)?).ok()?,
        length: usize::try_from(half(20)?).ok()?,
    })
}

/// Finds the function that `address` is in. `None` if there is none, or if `bytes` are no table.
#[must_use]
pub fn find(bytes: &[u8], address: u64) -> Option<Symbol<'_>> {
    let (count, rest) = bytes.split_first_chunk()?;
    let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
    let (table, names) = rest.split_at_checked(count.checked_mul(RECORD)?)?;
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if record(table, middle)?.address <= address {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let record = record(table, low.checked_sub(1)?)?;
    let offset = address.checked_sub(record.address)?;
    if offset >= record.size {
        return None;
    }
    let name = names.get(record.name..)?.get(..record.length)?;
    Some(Symbol { name: core::str::from_utf8(name).ok()?, offset })
}

/// Writes a table of functions: address, size and name of each. Of two at one address the larger
/// one is kept; a function of unknown size (0) reaches to the next one.
#[cfg(feature = "alloc")]
#[must_use]
pub fn encode<'a>(functions: impl IntoIterator<Item = (u64, u64, &'a str)>) -> alloc::vec::Vec<u8> {
    use alloc::vec::Vec;

    let mut sorted: Vec<_> = functions.into_iter().collect();
    sorted.sort_by(|a, b| {
        (a.0, core::cmp::Reverse(a.1), a.2).cmp(&(b.0, core::cmp::Reverse(b.1), b.2))
    });
    sorted.dedup_by_key(|function| function.0);
    let count = u64::try_from(sorted.len()).unwrap_or(u64::MAX);
    let mut table = count.to_le_bytes().to_vec();
    let mut names = Vec::new();
    let half = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
    for (index, (address, size, name)) in sorted.iter().enumerate() {
        let next = sorted.get(index + 1).map_or(u64::MAX, |next| next.0);
        let size = if *size == 0 { next - address } else { *size };
        table.extend(address.to_le_bytes());
        table.extend(size.to_le_bytes());
        table.extend(half(names.len()));
        table.extend(half(name.len()));
        names.extend(name.bytes());
    }
    table.extend(names);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_named() {
        let table = encode([(0x2000, 0x40, "second"), (0x1000, 0, "first"), (0x2000, 4, "alias")]);
        let name = |address| find(&table, address).map(|symbol| alloc::format!("{symbol}"));
        assert_eq!(name(0xfff), None);
        assert_eq!(name(0x1000).as_deref(), Some("first+0x0"));
        assert_eq!(name(0x1fff).as_deref(), Some("first+0xfff"));
        assert_eq!(name(0x203c).as_deref(), Some("second+0x3c"));
        assert_eq!(name(0x2040), None);
    }

    #[test]
    fn damaged_tables_give_no_name() {
        let table = encode([(0x1000, 0x10, "one"), (0x2000, 0x10, "two")]);
        for length in 0..table.len() {
            for address in [0x1000, 0x2008] {
                let _ = find(&table[..length], address);
            }
        }
        assert_eq!(find(&[0xff; 64], 0x1000), None);
    }
}
