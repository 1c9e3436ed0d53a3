//! The pool against a model of the kernel.

extern crate std;

use std::vec;
use std::vec::Vec;

use super::*;
use sel4::FrameObjectType;

/// Untypeds as the kernel keeps them: objects are made from the begin on, each aligned.
struct Model {
    untypeds: Vec<(u64, u32, u64)>,
    /// Physical address and size of what is in each slot.
    objects: Vec<(u64, u64)>,
    calls: usize,
    slots: usize,
}

const FAN_OUT: usize = 256;

impl Outside for Model {
    fn retype(
        &mut self, untyped: usize, blueprint: &ObjectBlueprint, slot: usize, count: usize,
    ) -> sel4::Result<()> {
        assert!(count > 0 && count <= FAN_OUT);
        let size = 1 << blueprint.physical_size_bits();
        let (paddr, bits, used) = &mut self.untypeds[untyped];
        let start = used.next_multiple_of(size);
        let end = start + size * count as u64;
        if end > 1 << *bits {
            return Err(sel4::Error::NotEnoughMemory { available: (1 << *bits) - *used });
        }
        *used = end;
        let first = *paddr + start;
        self.calls += 1;
        for index in 0..count {
            let address = first + size * index as u64;
            assert_eq!(self.objects.len(), slot + index, "slots are taken in order");
            self.objects.push((address, size));
            let is_untyped = matches!(blueprint, ObjectBlueprint::Untyped { .. });
            let bits = if is_untyped { size.ilog2() } else { 0 };
            self.untypeds.push((address, bits, 0));
        }
        Ok(())
    }

    fn slots(&mut self, count: usize) -> Option<usize> {
        self.slots.checked_sub(count).map(|rest| {
            self.slots = rest;
            self.objects.len()
        })
    }

    fn fan_out(&self) -> usize {
        FAN_OUT
    }
}

/// The kernel's untypeds are in the first slots.
fn pool<'p>(regions: &'p mut [Region], list: &[(u64, u32, bool)]) -> Pool<'p, Model> {
    let model = Model {
        untypeds: list.iter().map(|(paddr, bits, _)| (*paddr, *bits, 0)).collect(),
        objects: vec![(0, 0); list.len()],
        calls: 0,
        slots: 100_000,
    };
    let region = |(slot, (paddr, size_bits, device)): (usize, &(u64, u32, bool))| Region {
        paddr: *paddr,
        used: 0,
        slot: u32::try_from(slot).unwrap(),
        size_bits: *size_bits,
        device: (*device).into(),
    };
    Pool::new(regions, list.iter().enumerate().map(region), model)
}

const BOARD: [(u64, u32, bool); 5] = [
    (0x6400_0000, 26, false),
    (0x800_0000, 27, true),
    (0x6000_1000, 12, false),
    (0x6800_0000, 27, false),
    (0x6020_0000, 21, false),
];

fn small() -> ObjectBlueprint {
    FrameObjectType::SmallPage.blueprint()
}

fn large() -> ObjectBlueprint {
    FrameObjectType::LargePage.blueprint()
}

impl Pool<'_, Model> {
    fn place(&self, slot: usize) -> u64 {
        self.outside.objects[slot].0
    }

    /// Nothing that is no untyped overlaps, and all is aligned.
    fn assert_apart(&self, slots: &[usize]) {
        let mut all: Vec<_> = slots.iter().map(|slot| self.outside.objects[*slot]).collect();
        all.sort_unstable();
        for (address, size) in &all {
            assert!(address.is_multiple_of(*size), "{size:#x} bytes at {address:#x}");
        }
        for pair in all.windows(2) {
            assert!(pair[0].0 + pair[0].1 <= pair[1].0, "{pair:x?}");
        }
    }
}

#[test]
fn fixed_objects_are_where_they_should_be() {
    let mut regions = vec![Region::default(); 200];
    let mut pool = pool(&mut regions, &BOARD);
    let mut slots = vec![];
    let wanted = [(0x804_0000, small(), 3), (0x900_0000, small(), 1), (0x6412_3000, small(), 2)];
    for (paddr, blueprint, count) in wanted {
        let (slot, made) = pool.make_at(&blueprint, paddr, count).unwrap();
        assert_eq!(made, count);
        for index in 0..count {
            assert_eq!(pool.place(slot + index), paddr + 4096 * index as u64);
            slots.push(slot + index);
        }
    }
    let (slot, _) = pool.make_at(&large(), 0x6680_0000, 1).unwrap();
    assert_eq!(pool.place(slot), 0x6680_0000);
    slots.push(slot);
    pool.divide().unwrap();
    // All the rest of normal memory can be used: 64 + 128 + 2 MiB and a page, less what is taken.
    let pages = (0x400_0000 + 0x800_0000 + 0x20_0000 + 0x1000 - 0x2000 - 0x20_0000) / 4096;
    pool.make(&small(), pages, |slot, count| slots.extend(slot..slot + count)).unwrap();
    pool.assert_apart(&slots);
    assert_eq!(pool.make(&small(), 1, |_, _| ()), Err(Error::Memory { left: 0, largest: 0 }));
}

#[test]
fn what_cannot_be_at_an_address_is_refused() {
    let mut regions = vec![Region::default(); 200];
    let mut pool = pool(&mut regions, &BOARD);
    assert_eq!(pool.make_at(&small(), 0x700_0000, 1), Err(Error::NoUntyped));
    assert!(pool.make_at(&small(), 0x900_0000, 1).is_ok());
    assert_eq!(pool.make_at(&small(), 0x900_0000, 1), Err(Error::Taken));
    // An untyped is there, but it is smaller.
    assert_eq!(pool.make_at(&large(), 0x6000_0000, 1), Err(Error::NoUntyped));
    assert_eq!(pool.make_at(&small(), 0x6000_2000, 1), Err(Error::NoUntyped));
    assert!(pool.make_at(&small(), 0x6fff_f000, 1).is_ok());
    assert_eq!(pool.make_at(&small(), 0x7000_0000, 1), Err(Error::NoUntyped));
}

#[test]
fn large_untypeds_stay_whole() {
    let mut regions = vec![Region::default(); 200];
    let mut pool = pool(&mut regions, &BOARD);
    pool.divide().unwrap();
    let mut slots = vec![];
    pool.make(&large(), 1, |slot, count| slots.extend(slot..slot + count)).unwrap();
    assert_eq!(pool.place(slots[0]), 0x6020_0000);
    pool.make(&small(), 1, |slot, count| slots.extend(slot..slot + count)).unwrap();
    assert_eq!(pool.place(slots[1]), 0x6000_1000);
}

#[test]
fn many_objects_take_few_calls() {
    let mut regions = vec![Region::default(); 200];
    let mut pool = pool(&mut regions, &BOARD);
    pool.divide().unwrap();
    let mut slots = vec![];
    let mut made = |slot, count| slots.extend(slot..slot + count);
    pool.make(&large(), 10, &mut made).unwrap();
    pool.make(&small(), 3000, &mut made).unwrap();
    pool.make(&ObjectBlueprint::Tcb, 100, &mut made).unwrap();
    pool.make(&ObjectBlueprint::Endpoint, 100, &mut made).unwrap();
    pool.assert_apart(&slots);
    assert!(pool.outside.calls < 20, "{} calls", pool.outside.calls);
}

#[test]
fn too_little_memory_says_what_is_left() {
    let mut regions = vec![Region::default(); 200];
    let mut pool = pool(&mut regions, &BOARD);
    pool.divide().unwrap();
    let mut made = 0;
    let error = pool.make(&large(), 98, |_, count| made += count).unwrap_err();
    assert_eq!(made, 97);
    assert_eq!(error, Error::Memory { left: 4096, largest: 4096 });
    pool.outside.slots = 0;
    assert_eq!(pool.make(&small(), 1, |_, _| ()), Err(Error::Slots));
}

/// Whatever is asked for: nothing overlaps, and memory is refused only if there is none.
#[test]
fn any_mixture_fits() {
    let mut number = 1_u64;
    let mut next = |end: u64| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (number >> 33) % end
    };
    for _ in 0..40 {
        let mut regions = vec![Region::default(); 400];
        let mut pool = pool(&mut regions, &BOARD);
        let mut slots = vec![];
        let mut fixed: Vec<u64> = (0..next(12)).map(|_| 0x6400_0000 + 4096 * next(49152)).collect();
        fixed.sort_unstable();
        fixed.dedup();
        for paddr in fixed {
            let (slot, _) = pool.make_at(&small(), paddr, 1).unwrap();
            assert_eq!(pool.place(slot), paddr);
            slots.push(slot);
        }
        pool.divide().unwrap();
        for bits in (4..24).rev() {
            let count = usize::try_from(next(40)).unwrap();
            let blueprint = ObjectBlueprint::Untyped { size_bits: bits };
            match pool.make(&blueprint, count, |slot, count| slots.extend(slot..slot + count)) {
                Ok(()) => {}
                Err(Error::Memory { largest, .. }) => assert!(largest < 1 << bits),
                Err(error) => panic!("{error:?}"),
            }
        }
        pool.assert_apart(&slots);
    }
}
