//! Cells: the big-endian words that most properties consist of.

use alloc::vec::Vec;

/// The words of a value; `None` unless its length is a multiple of four bytes.
#[must_use]
pub fn decode(value: &[u8]) -> Option<Vec<u32>> {
    let (words, rest) = value.as_chunks::<4>();
    rest.is_empty().then(|| words.iter().map(|word| u32::from_be_bytes(*word)).collect())
}

/// A number of some cells; `None` if it has more than 64 significant bits.
#[must_use]
pub fn number(cells: &[u32]) -> Option<u64> {
    cells.iter().try_fold(0u64, |number, &cell| {
        (number >> 32 == 0).then_some(number << 32 | u64::from(cell))
    })
}

/// Appends a number in `count` cells; false, and nothing appended, if it doesn't fit.
#[must_use]
pub fn append(cells: &mut Vec<u32>, number: u64, count: usize) -> bool {
    let (high, low) = halves(number);
    match count {
        0 if number == 0 => {}
        1 if high == 0 => cells.push(low),
        2.. => {
            cells.resize(cells.len() + (count - 2), 0);
            cells.extend([high, low]);
        }
        _ => return false,
    }
    true
}

/// The upper and the lower word.
pub(crate) fn halves(number: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
}

#[cfg(test)]
mod test {
    use super::*;
    use alloc::vec;

    #[test]
    fn cells_and_numbers() {
        assert_eq!(decode(&[0, 0, 0, 1, 0xff, 0, 0, 2]), Some(vec![1, 0xff00_0002]));
        assert_eq!(decode(&[0, 0, 0]), None);
        assert_eq!(number(&[]), Some(0));
        assert_eq!(number(&[1, 2]), Some(0x1_0000_0002));
        assert_eq!(number(&[0, 1, 2]), Some(0x1_0000_0002));
        assert_eq!(number(&[1, 0, 2]), None);
        let mut cells = vec![];
        assert!(append(&mut cells, 0x1_0000_0002, 2) && append(&mut cells, 3, 1));
        assert!(!append(&mut cells, 0x1_0000_0002, 1));
        assert!(append(&mut cells, 5, 3));
        assert_eq!(cells, [1, 2, 3, 0, 0, 5]);
    }
}
