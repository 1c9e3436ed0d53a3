use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

/// Memory of the test's own.
fn memory(words: &mut [u64], readable: bool, writable: bool) -> SharedMemory {
    let start = NonNull::new(words.as_mut_ptr().cast()).unwrap();
    // SAFETY: the tests keep the words, and use them through the memory only.
    unsafe { SharedMemory::new(start, words.len() * 8, readable, writable) }
}

#[test]
fn accesses_stay_inside() {
    let mut words = vec![0; 4];
    let memory = memory(&mut words, true, true);
    memory.write(28, &[1, 2, 3, 4]).unwrap();
    let error = memory.write(29, &[1, 2, 3, 4]).unwrap_err();
    assert_eq!(error, AccessError::OutOfBounds { offset: 29, length: 4, size: 32 });
    assert!(memory.write(usize::MAX, &[1, 2]).is_err());
    assert_eq!(memory.load::<u32>(28), Ok(0x0403_0201));
    assert_eq!(memory.load::<u32>(26), Err(AccessError::Misaligned { offset: 26 }));
    assert!(memory.load::<u64>(32).is_err());
    assert!(memory.part(8, 25).is_err());
    let part = memory.part(24, 8).unwrap();
    assert_eq!(part.load::<u8>(7), Ok(4));
    assert!(part.load::<u8>(8).is_err());
    memory.clear(28, 2).unwrap();
    assert_eq!(memory.read_value::<[u8; 4]>(28), Ok([0, 0, 3, 4]));
    assert!(memory.clear(31, 2).is_err());
}

#[test]
fn rights_are_kept() {
    let mut words = vec![0; 2];
    let read_only = memory(&mut words, true, false);
    assert_eq!(read_only.store(0, 1_u8), Err(AccessError::NotWritable));
    assert!(read_only.atomic_u32(0).is_err());
    let write_only = memory(&mut words, false, true);
    assert_eq!(write_only.load::<u8>(0), Err(AccessError::NotReadable));
    assert_eq!(
        memory(&mut words, true, true).read_only().write(0, &[1]),
        Err(AccessError::NotWritable)
    );
}

#[test]
fn numbers_are_atomic() {
    let mut words = vec![0; 2];
    let memory = memory(&mut words, true, true);
    memory.atomic_u32(4).unwrap().store(7, Ordering::Relaxed);
    assert_eq!(memory.load_acquire::<u64>(0), Ok(7 << 32));
    memory.store_release(8, 9_u64).unwrap();
    assert_eq!(memory.atomic_u64(8).unwrap().load(Ordering::Relaxed), 9);
    assert!(memory.atomic_u64(12).is_err());
}

proptest! {
    #[test]
    fn copies_are_exact(from in 0_usize..40, to in 0_usize..40, length in 0_usize..400) {
        let source: Vec<u8> = (0..512_u32).map(|byte| byte.to_le_bytes()[0] ^ 0x5a).collect();
        let mut words = vec![u64::MAX; 64];
        let memory = memory(&mut words, true, true);
        memory.write(to, &source[from..from + length]).unwrap();
        let mut back = vec![0; 512];
        memory.read(0, &mut back).unwrap();
        prop_assert_eq!(&back[to..to + length], &source[from..from + length]);
        prop_assert!(back[..to].iter().chain(&back[to + length..]).all(|byte| *byte == 0xff));
        let mut other = vec![0; 64];
        let other = super::test::memory(&mut other, true, true);
        other.copy_from(from, &memory, to, length).unwrap();
        let mut again = vec![0; length];
        other.read(from, &mut again).unwrap();
        prop_assert_eq!(&again, &source[from..from + length]);
    }
}
