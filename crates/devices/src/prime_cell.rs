//! Identification registers of Arm's PrimeCell peripherals, by which drivers find them.

/// First identification register: PeriphID0 to 3, then PCellID0 to 3.
pub(crate) const FIRST: u64 = 0xfe0;
/// The end of the registers.
pub(crate) const END: u64 = 0x1000;

/// PCellID0 to 3, the same for all.
const CELL: [u8; 4] = [0x0d, 0xf0, 0x05, 0xb1];
/// PeriphID: the designer is Arm.
const DESIGNER: u8 = 0x41;

/// The peripheral that the registers name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PrimeCell {
    /// The last two digits of its name.
    pub part: u8,
    /// The revision, 0 to 15.
    pub revision: u8,
}

impl PrimeCell {
    /// The register at `offset`, between [`FIRST`] and [`END`]: the part number in bits 11:0, the
    /// designer in bits 19:12, the revision in bits 23:20.
    pub fn read(self, offset: u64) -> u32 {
        let index = usize::try_from(offset.saturating_sub(FIRST) / 4).unwrap_or(usize::MAX);
        let peripheral = [self.part, DESIGNER << 4, self.revision << 4 | DESIGNER >> 4, 0];
        let registers = peripheral.iter().chain(&CELL);
        registers.copied().nth(index).unwrap_or(0).into()
    }
}
