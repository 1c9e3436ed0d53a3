//! Addresses: `reg`, and `ranges` up to the CPU (sections 2.3.6 and 2.3.8).

use crate::tree::Place;
use crate::{Error, cells};
use alloc::format;
use alloc::vec::Vec;

/// The most cells of an address, which PCI has.
pub(crate) const MAX_ADDRESS_CELLS: usize = 3;
const MAX_SIZE_CELLS: usize = 2;

/// The bits of a PCI address's first cell that tell the spaces apart (PCI bus binding 2.1,
/// section 2.2.1.1): 0 configuration, 1 I/O, 2 and 3 memory.
const PCI_SPACE: u32 = 0x0300_0000;

/// Bytes from a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    /// The first address.
    pub base: u64,
    /// How many bytes.
    pub size: u64,
}

/// An entry of `reg` as it is on the device's own bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusRegion {
    /// The first cell of a three-cell address, which says what space it is in; else zero.
    pub space: u32,
    /// Base and size. The size is zero where the bus has no sizes.
    pub region: Region,
}

struct Range {
    space: u32,
    child: u64,
    parent_space: u32,
    parent: u64,
    size: u64,
}

impl Place<'_, '_> {
    /// The numbers of cells of addresses and sizes of the nodes below.
    ///
    /// # Errors
    /// The properties have values that can't be.
    pub fn bus_cells(&self) -> Result<(usize, usize), Error> {
        Ok((
            self.cell_count("#address-cells", 2, MAX_ADDRESS_CELLS)?,
            self.cell_count("#size-cells", 1, MAX_SIZE_CELLS)?,
        ))
    }

    /// The entries of `reg`, in the parent's cells; none if there is no `reg`.
    ///
    /// # Errors
    /// It isn't a list of such entries.
    pub fn reg(&self) -> Result<Vec<BusRegion>, Error> {
        let (Some(parent), Some(words)) = (self.parent(), self.cells("reg")?) else {
            return Ok(Vec::new());
        };
        let (address, size) = parent.bus_cells()?;
        let entry = address + size;
        if entry == 0 || !words.len().is_multiple_of(entry) {
            return Err(self.wrong(
                "reg",
                format!("has {} cells", words.len()),
                &format!("entries of {address} + {size} cells, as {} says", parent.path()),
            ));
        }
        words
            .chunks_exact(entry)
            .map(|entry| {
                let (space, base) = self.split("reg", &entry[..address])?;
                let size = self.number("reg", &entry[address..])?;
                Ok(BusRegion { space, region: Region { base, size } })
            })
            .collect()
    }

    /// The entries of `reg` as the CPU sees them.
    ///
    /// # Errors
    /// `reg` or `ranges` can't be, or a bus above has no `ranges` for them.
    pub fn regions(&self) -> Result<Vec<Region>, Error> {
        self.reg()?.into_iter().map(|entry| self.translate(entry)).collect()
    }

    /// Translates a region of this node's bus to what the CPU sees.
    ///
    /// # Errors
    /// A bus above has no `ranges` for all of it.
    pub fn translate(&self, from: BusRegion) -> Result<Region, Error> {
        let mut at = from;
        let mut bus = self.parent();
        while let Some(this) = bus {
            let Some(above) = this.parent() else {
                break;
            };
            let size = at.region.size;
            let failed = |reason| Error::NotTranslatable {
                node: self.path(),
                address: at.region.base,
                bus: this.path(),
                reason,
            };
            let ranges = this
                .ranges()?
                .ok_or_else(|| failed("has no \"ranges\": its addresses are its own"))?;
            if !ranges.is_empty() {
                let range = ranges
                    .iter()
                    .find(|range| range.holds(&at))
                    .ok_or_else(|| failed("has no entry in \"ranges\" that holds all of it"))?;
                let offset = at.region.base - range.child;
                let base = range
                    .parent
                    .checked_add(offset)
                    .ok_or_else(|| failed("moves it beyond 64 bits"))?;
                at = BusRegion { space: range.parent_space, region: Region { base, size } };
            }
            bus = Some(above);
        }
        Ok(at.region)
    }

    /// The entries of `ranges`: `None` if it is absent, empty if it is the identity.
    fn ranges(&self) -> Result<Option<Vec<Range>>, Error> {
        let (Some(parent), Some(words)) = (self.parent(), self.cells("ranges")?) else {
            return Ok(None);
        };
        let (child_cells, size_cells) = self.bus_cells()?;
        let (parent_cells, _) = parent.bus_cells()?;
        let entry = child_cells + parent_cells + size_cells;
        if !words.is_empty() && (entry == 0 || !words.len().is_multiple_of(entry)) {
            return Err(self.wrong(
                "ranges",
                format!("has {} cells", words.len()),
                &format!("entries of {child_cells} + {parent_cells} + {size_cells} cells"),
            ));
        }
        words
            .chunks_exact(entry.max(1))
            .map(|entry| {
                let (space, child) = self.split("ranges", &entry[..child_cells])?;
                let (parent_space, parent) =
                    self.split("ranges", &entry[child_cells..child_cells + parent_cells])?;
                let size = self.number("ranges", &entry[child_cells + parent_cells..])?;
                Ok(Range { space, child, parent_space, parent, size })
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The space and the number of an address.
    fn split(&self, property: &str, address: &[u32]) -> Result<(u32, u64), Error> {
        match address {
            [space, rest @ ..] if rest.len() == 2 => Ok((*space, self.number(property, rest)?)),
            _ => Ok((0, self.number(property, address)?)),
        }
    }

    fn number(&self, property: &str, words: &[u32]) -> Result<u64, Error> {
        cells::number(words)
            .ok_or_else(|| self.wrong(property, format!("has {words:x?}"), "a number of 64 bits"))
    }
}

impl Range {
    fn holds(&self, what: &BusRegion) -> bool {
        let Region { base, size } = what.region;
        // PCI's memory spaces of 32 and 64 bits are one.
        let same = |a: u32, b: u32| {
            let (a, b) = (a & PCI_SPACE, b & PCI_SPACE);
            a == b || (a.min(b) >> 25 == 1 && a.max(b) >> 25 == 1)
        };
        same(self.space, what.space)
            && base
                .checked_sub(self.child)
                .is_some_and(|offset| offset < self.size && size <= self.size - offset)
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::testing::{board, node};
    use alloc::string::ToString;
    use alloc::vec;

    #[test]
    fn through_every_bus() {
        let tree = board();
        let regions = |path: &str| tree.find(path).unwrap().regions().unwrap();
        assert_eq!(regions("/soc/serial@1000"), [Region { base: 0x1000_1000, size: 0x1000 }]);
        // /soc/bridge@2000 moves 0 to 0x2000, /soc moves 0x2000 to 0x10002000.
        assert_eq!(
            regions("/soc/bridge@2000/timer@10"),
            [Region { base: 0x1000_2010, size: 0x10 }, Region { base: 0x1000_2040, size: 8 }]
        );
        // Empty ranges are the identity.
        assert_eq!(regions("/identity/mailbox@5000")[0].base, 0x5000);
        assert!(tree.find("/cpus/cpu@0").unwrap().reg().unwrap()[0].region.size == 0);
    }

    #[test]
    fn what_cannot_be_translated_names_node_and_bus() {
        let mut tree = board();
        let text = |tree: &crate::tree::Tree<'_>, path: &str| {
            tree.find(path).unwrap().regions().unwrap_err().to_string()
        };
        assert_eq!(
            text(&tree, "/soc/i2c@4000/codec@1a"),
            "/soc/i2c@4000/codec@1a: the address 0x1a can't be translated, as the bus \
             /soc/i2c@4000 has no \"ranges\": its addresses are its own"
        );
        // The bridge's window has 0x100 bytes: the last 8 are inside, one more is not.
        let timer = tree.get_mut("/soc/bridge@2000/timer@10").unwrap();
        timer.set_cells("reg", &[0xf8, 9]);
        assert_eq!(
            text(&tree, "/soc/bridge@2000/timer@10"),
            "/soc/bridge@2000/timer@10: the address 0xf8 can't be translated, as the bus \
             /soc/bridge@2000 has no entry in \"ranges\" that holds all of it"
        );
        tree.get_mut("/soc/serial@1000").unwrap().set_cells("reg", &[1, 2, 3]);
        assert_eq!(
            text(&tree, "/soc/serial@1000"),
            "/soc/serial@1000: \"reg\" has 3 cells; expected entries of 1 + 1 cells, as /soc says"
        );
    }

    #[test]
    fn pci_spaces() {
        let tree = board();
        let pcie = tree.find("/pcie@30000000").unwrap();
        let device = pcie.children().next().unwrap();
        let translate = |space, base, size| {
            device.translate(BusRegion { space, region: Region { base, size } })
        };
        assert_eq!(translate(0x0200_0000, 0x4100_0000, 16).unwrap().base, 0x4100_0000);
        assert_eq!(translate(0x0100_0000, 0x10, 4).unwrap().base, 0x3eff_0010);
        assert!(translate(0x0000_0800, 0, 0).is_err(), "configuration space has no window");
    }

    #[test]
    fn bad_cell_counts() {
        let mut tree = board();
        tree.root.push(node("bus", &[("#address-cells", &[9])]));
        let bus = tree.find("/bus").unwrap();
        assert_eq!(
            bus.bus_cells().unwrap_err().to_string(),
            "/bus: \"#address-cells\" has the bytes [00, 00, 00, 09]; expected one cell with 0 to 3"
        );
        assert_eq!(vec![(2, 1)], [Place::bus_cells(&board().find("/chosen").unwrap()).unwrap()]);
    }
}
