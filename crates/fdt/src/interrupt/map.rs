//! Interrupt nexuses (section 2.4.3).

use crate::Error;
use crate::address::MAX_ADDRESS_CELLS;
use crate::tree::Place;
use alloc::format;
use alloc::vec::Vec;

type Hop<'t, 'a> = (Place<'t, 'a>, Vec<u32>, Vec<u32>);

impl<'t, 'a> Place<'t, 'a> {
    /// One step through this nexus: the controller behind it, the unit address and the specifier
    /// there.
    pub(super) fn map_once(
        &self, device: &Self, address: &[u32], specifier: &[u32],
    ) -> Result<Hop<'t, 'a>, Error> {
        let address_cells = self.cell_count("#address-cells", 0, MAX_ADDRESS_CELLS)?;
        let interrupt_cells = self.interrupt_cells()?;
        let child = address_cells + interrupt_cells;
        let failed = |reason| Error::Interrupt {
            node: device.path(),
            controller: self.path(),
            cells: specifier.to_vec(),
            reason,
        };
        let wanted = [address, specifier].concat();
        if wanted.len() != child {
            return Err(failed(format!(
                "has {} + {} cells; expected {address_cells} for the address and \
                 {interrupt_cells} for the interrupt",
                address.len(),
                specifier.len()
            )));
        }
        let mask = self.cells("interrupt-map-mask")?;
        if let Some(mask) = &mask
            && mask.len() != child
        {
            return Err(self.wrong(
                "interrupt-map-mask",
                format!("has {} cells", mask.len()),
                &format!("{child} cells"),
            ));
        }
        let masked = |index: usize, cell: u32| {
            cell & mask.as_ref().and_then(|mask| mask.get(index).copied()).unwrap_or(u32::MAX)
        };

        let map = self.cells("interrupt-map")?.unwrap_or_default();
        let mut rest = map.as_slice();
        while !rest.is_empty() {
            let short = || {
                self.wrong(
                    "interrupt-map",
                    format!("ends inside an entry, after cell {}", map.len()),
                    "whole entries",
                )
            };
            let (key, after) = rest.split_at_checked(child).ok_or_else(short)?;
            let (phandle, after) = after.split_first().ok_or_else(short)?;
            let parent = self.follow("interrupt-map", *phandle)?;
            // Trees leave #address-cells of the controller away and mean 0.
            let count = parent.cell_count("#address-cells", 0, MAX_ADDRESS_CELLS)?;
            let (parent_address, after) = after.split_at_checked(count).ok_or_else(short)?;
            let (parent_specifier, after) =
                after.split_at_checked(parent.interrupt_cells()?).ok_or_else(short)?;
            let fits = key
                .iter()
                .zip(&wanted)
                .enumerate()
                .all(|(index, (have, want))| masked(index, *have) == masked(index, *want));
            if fits {
                return Ok((parent, parent_address.to_vec(), parent_specifier.to_vec()));
            }
            rest = after;
        }
        Err(failed(format!("\"interrupt-map\" has no entry for the address {address:x?}")))
    }
}

#[cfg(test)]
mod test {
    use crate::testing::{board, node};
    use alloc::string::ToString;

    #[test]
    fn pins_of_pci_devices() {
        let tree = board();
        let pcie = tree.find("/pcie@30000000").unwrap();
        let intid = |device: u32, pin: u32| {
            let source = pcie.map_interrupt(&[device << 11, 0, 0], &[pin]);
            source.and_then(|source| source.at_gic()).map(|one| one.intid)
        };
        assert_eq!(intid(0, 1), Ok(35));
        assert_eq!(intid(0, 2), Ok(36));
        assert_eq!(intid(1, 1), Ok(36));
        // The mask keeps two bits of the device's number.
        assert_eq!(intid(4, 1), Ok(35));
        assert_eq!(
            intid(2, 1).unwrap_err().to_string(),
            "/pcie@30000000: interrupt [1] of /pcie@30000000: \"interrupt-map\" has no entry for \
             the address [1000, 0, 0]"
        );
        // The device that is in the tree takes its address from its own reg.
        let device = tree.find("/pcie@30000000/ethernet@1,0").unwrap();
        assert_eq!(device.interrupts().unwrap()[0].intid, 36);
    }

    /// The timer of Exynos chips: its nexus tells interrupts apart by their number alone.
    #[test]
    fn a_nexus_without_addresses() {
        let mut tree = board();
        let map = [0, 1, 0, 57, 4, 1, 1, 1, 12, 4];
        let nexus: &[(&str, &[u32])] = &[
            ("#address-cells", &[0]),
            ("#interrupt-cells", &[1]),
            ("interrupt-map", &map),
            ("phandle", &[0x50]),
        ];
        tree.root.push(node("nexus", nexus));
        let serial = tree.get_mut("/soc/serial@1000").unwrap();
        serial.set_u32("interrupt-parent", 0x50);
        serial.set_cells("interrupts", &[0, 1]);
        let found = tree.find("serial0").unwrap().interrupts().unwrap();
        assert_eq!((found[0].intid, found[1].intid), (89, 28));
    }

    #[test]
    fn damaged_maps() {
        let mut tree = board();
        let pcie = tree.get_mut("/pcie@30000000").unwrap();
        pcie.set_cells("interrupt-map", &[0x1800, 0, 0, 1, 1, 0, 0]);
        let error = |tree: &crate::tree::Tree<'_>, pin: &[u32]| {
            let pcie = tree.find("/pcie@30000000").unwrap();
            pcie.map_interrupt(&[0, 0, 0], pin).unwrap_err().to_string()
        };
        assert_eq!(
            error(&tree, &[1]),
            "/pcie@30000000: \"interrupt-map\" ends inside an entry, after cell 7; expected whole \
             entries"
        );
        assert!(error(&tree, &[1, 2]).contains("has 3 + 2 cells; expected 3 for the address"));
    }
}
