use super::*;
use crate::backing::VecBacking;
use alloc::string::ToString;
use alloc::vec;
use proptest::prelude::*;

fn region(name: &'static str, start: u64, size: usize) -> Region<VecBacking> {
    Region::new(name, GuestAddress(start), VecBacking::new(size)).unwrap()
}

fn memory() -> Regions<VecBacking> {
    let mut memory = Regions::new();
    for region in
        [region("high", 0x2000, 0x100), region("low", 0x1000, 0x100), region("next", 0x1100, 0x80)]
    {
        memory.add(region).unwrap();
    }
    memory
}

#[test]
fn regions_are_sorted_and_overlaps_name_both() {
    let mut memory = memory();
    let names: Vec<&str> = memory.iter().map(Region::name).collect();
    assert_eq!(names, ["low", "next", "high"]);
    let error = memory.add(region("rom", 0x1fff, 0x10)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "region rom (0x1fff..=0x200e) overlaps region high (0x2000..=0x20ff)"
    );
}

#[test]
fn impossible_regions_are_refused() {
    let empty = Region::new("none", GuestAddress(0x1000), VecBacking::new(0)).unwrap_err();
    assert_eq!(empty.to_string(), "region none at 0x1000 is empty");
    let wraps = Region::new("end", GuestAddress(u64::MAX), VecBacking::new(2)).unwrap_err();
    assert_eq!(
        wraps.to_string(),
        "2 bytes at 0xffffffffffffffff go past the end of the address space"
    );
    let last = region("last", u64::MAX - 15, 16);
    assert_eq!(last.range().last(), GuestAddress(u64::MAX));
    let mut memory = Regions::new();
    memory.add(last).unwrap();
    memory.write(GuestAddress(u64::MAX - 7), &[1; 8]).unwrap();
    let error = memory.write(GuestAddress(u64::MAX - 7), &[1; 9]).unwrap_err();
    assert!(error.to_string().contains("past the end"), "{error}");
    assert_eq!(memory.load(GuestAddress(u64::MAX - 7), Width::Eight), Ok(0x0101_0101_0101_0101));
}

#[test]
fn an_access_crosses_into_a_neighbour_and_nowhere_else() {
    let memory = memory();
    let bytes: Vec<u8> = (0..32).collect();
    memory.write(GuestAddress(0x10f0), &bytes).unwrap();
    let mut back = [0; 32];
    memory.read(GuestAddress(0x10f0), &mut back).unwrap();
    assert_eq!(back[..], bytes[..]);
    assert_eq!(memory.load(GuestAddress(0x1100), Width::Two), Ok(0x1110));
    let error = memory.read(GuestAddress(0x1170), &mut back).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no guest memory at 0x1180: an access of 32 bytes at 0x1170 leaves region \
         next (0x1100..=0x117f)"
    );
    let error = memory.read(GuestAddress(0xff0), &mut back).unwrap_err();
    assert_eq!(error.to_string(), "no guest memory at 0xff0 (an access of 32 bytes)");
}

/// The original's check of a fault compared the region's address plus its size, not the access's:
/// an access that began near the end of a region was accepted.
#[test]
fn an_access_near_the_end_of_a_region_is_checked_with_its_offset() {
    let memory = memory();
    assert!(memory.load(GuestAddress(0x20fc), Width::Four).is_ok());
    assert!(memory.load(GuestAddress(0x2100), Width::Four).is_err());
    let before = memory.load(GuestAddress(0x20f8), Width::Eight).unwrap();
    assert!(memory.write(GuestAddress(0x20fe), &[0xff; 4]).is_err());
    assert_eq!(memory.load(GuestAddress(0x20f8), Width::Eight), Ok(before));
}

#[test]
fn single_accesses_are_aligned() {
    let memory = memory();
    let error = memory.load(GuestAddress(0x1002), Width::Four).unwrap_err();
    assert_eq!(error.to_string(), "an access of 32 bits at 0x1002 is not aligned");
    memory.store(GuestAddress(0x1002), Width::Two, 0xdead_beef).unwrap();
    assert_eq!(memory.load(GuestAddress(0x1000), Width::Eight), Ok(0xbeef_0000));
}

#[test]
fn single_accesses_stay_in_one_region() {
    let mut memory = Regions::new();
    memory.add(region("odd", 0x1000, 6)).unwrap();
    memory.add(region("next", 0x1006, 10)).unwrap();
    assert_eq!(
        memory.load(GuestAddress(0x1004), Width::Four).unwrap_err().to_string(),
        "an access of 32 bits at 0x1004 is cut in two by the end of region odd (0x1000..=0x1005)"
    );
    // Aligned for the guest, but not where the bytes are kept.
    assert_eq!(
        memory.store(GuestAddress(0x1008), Width::Four, 1).unwrap_err().to_string(),
        "an access of 32 bits at 0x1008 is not aligned"
    );
    assert_eq!(memory.load(GuestAddress(0x1004), Width::Two), Ok(0));
}

#[test]
fn clearing_takes_long_stretches() {
    let memory = memory();
    memory.write(GuestAddress(0x1000), &[0xaa; 0x180]).unwrap();
    memory.clear(GuestAddress(0x1001), 0x17e).unwrap();
    let mut back = [0; 0x180];
    memory.read(GuestAddress(0x1000), &mut back).unwrap();
    assert_eq!((back[0], back[0x17f]), (0xaa, 0xaa));
    assert!(back[1..0x17f].iter().all(|&byte| byte == 0));
    assert!(memory.clear(GuestAddress(0x1001), 0x180).is_err());
}

proptest! {
    /// Against a plain array with holes.
    #[test]
    fn accesses_behave_as_an_array_with_holes(
        accesses in proptest::collection::vec((0xf00u64..0x2200, 0usize..0x140, any::<u8>()), 1..24),
    ) {
        let memory = memory();
        let mut model = vec![0u8; 0x2400];
        let there = |at: usize| (0x1000..0x1180).contains(&at) || (0x2000..0x2100).contains(&at);
        for (address, len, byte) in accesses {
            let start = usize::try_from(address).unwrap();
            let legal = there(start) && (start..start + len).all(there);
            let done = memory.write(GuestAddress(address), &vec![byte; len]);
            prop_assert_eq!(done.is_ok(), legal);
            if legal {
                model[start..start + len].fill(byte);
            }
        }
        for (start, len) in [(0x1000usize, 0x180usize), (0x2000, 0x100)] {
            let mut back = vec![0; len];
            memory.read(GuestAddress(start as u64), &mut back).unwrap();
            prop_assert_eq!(&back[..], &model[start..start + len]);
        }
    }

    #[test]
    fn no_access_panics(address: u64, len in 0usize..64, size: u64) {
        let memory = memory();
        let mut buffer = vec![0; len];
        let _ = memory.read(GuestAddress(address), &mut buffer);
        let _ = memory.clear(GuestAddress(address), size);
        for width in Width::ALL {
            let _ = memory.load(GuestAddress(address), width);
        }
    }
}
