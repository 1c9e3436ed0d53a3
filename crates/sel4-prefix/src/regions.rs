//! The memory map that a prefix states: RAM for untyped memory, and device memory.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A range of physical addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// First address.
    pub start: u64,
    /// Address after the last one.
    pub end: u64,
}

impl Region {
    /// A region by start and size in bytes.
    pub const fn with_size(start: u64, size: u64) -> Self {
        Self { start, end: start.saturating_add(size) }
    }

    /// Size in bytes.
    pub const fn size(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the address lies inside.
    pub const fn contains(&self, address: u64) -> bool {
        self.start <= address && address < self.end
    }
}

/// Content of `support/platform_gen.json` and `platform_gen.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regions {
    /// Given out as device untypeds, in the order of addresses.
    pub devices: Vec<Region>,
    /// RAM that the kernel manages, in the order of addresses.
    pub memory: Vec<Region>,
}

impl Regions {
    /// Divides the physical address space `0..top`: `ram` without `reserved` is memory;
    /// everything else, without the kernel's own devices, is device memory.
    pub fn divide(
        top: u64, ram: &[Region], reserved: &[Region], kernel_devices: &[Region],
    ) -> Self {
        let memory = subtract(ram.to_vec(), reserved);
        let all = vec![Region { start: 0, end: top }];
        let devices = subtract(subtract(all, &memory), kernel_devices);
        Self { devices, memory }
    }

    /// Reads `platform_gen.json`; `file` is its name, for messages.
    pub fn from_json(file: &str, text: &str) -> Result<Self> {
        let regions: Self = serde_json::from_str(text)
            .map_err(|error| Error::format(file, format!("no memory map: {error}")))?;
        for region in regions.devices.iter().chain(&regions.memory) {
            if region.start >= region.end {
                return Err(Error::format(
                    file,
                    format!(
                        "a region from {:#x} to {:#x}, expected the end after the start",
                        region.start, region.end
                    ),
                ));
            }
        }
        Ok(regions)
    }

    /// Text of `platform_gen.json`.
    pub fn to_json(&self) -> String {
        format!("{{\"devices\": [{}], \"memory\": [{}]}}", json(&self.devices), json(&self.memory))
    }

    /// Text of `platform_gen.yaml`.
    pub fn to_yaml(&self) -> String {
        let mut out = String::new();
        for (name, regions) in [("devices", &self.devices), ("memory", &self.memory)] {
            let _ = writeln!(out, "{name}:");
            for region in regions {
                let _ = writeln!(out, "- end: {:#x}\n  start: {:#x}", region.end, region.start);
            }
        }
        out
    }
}

fn json(regions: &[Region]) -> String {
    let regions: Vec<_> = regions
        .iter()
        .map(|region| format!("{{\"start\": {}, \"end\": {}}}", region.start, region.end))
        .collect();
    regions.join(", ")
}

/// Removes `holes` from `regions`. The result is in the order of `regions`.
fn subtract(mut regions: Vec<Region>, holes: &[Region]) -> Vec<Region> {
    for hole in holes {
        regions = regions
            .into_iter()
            .flat_map(|region| {
                let before = Region { start: region.start, end: region.end.min(hole.start) };
                let after = Region { start: region.start.max(hole.end), end: region.end };
                [before, after]
            })
            .filter(|region| region.start < region.end)
            .collect();
    }
    regions
}

#[cfg(test)]
mod test {
    use super::*;

    fn region(start: u64, end: u64) -> Region {
        Region { start, end }
    }

    #[test]
    fn everything_is_memory_device_or_the_kernels() {
        let regions = Regions::divide(
            0x1000,
            &[region(0x400, 0x800)],
            &[region(0x400, 0x500)],
            &[region(0x100, 0x110), region(0x200, 0x210)],
        );
        assert_eq!(regions.memory, [region(0x500, 0x800)]);
        assert_eq!(
            regions.devices,
            [region(0, 0x100), region(0x110, 0x200), region(0x210, 0x500), region(0x800, 0x1000)]
        );
    }

    #[test]
    fn holes_cut_at_edges_and_across() {
        let cut = |hole| subtract(vec![region(10, 20), region(30, 40)], &[hole]);
        assert_eq!(cut(region(0, 10)), [region(10, 20), region(30, 40)]);
        assert_eq!(cut(region(15, 35)), [region(10, 15), region(35, 40)]);
        assert_eq!(cut(region(0, 50)), []);
        assert_eq!(cut(region(12, 13)), [region(10, 12), region(13, 20), region(30, 40)]);
    }

    #[test]
    fn text_forms_are_the_kernel_builds() {
        let regions =
            Regions { devices: vec![region(0, 16), region(32, 48)], memory: vec![region(16, 32)] };
        let json = "{\"devices\": [{\"start\": 0, \"end\": 16}, {\"start\": 32, \"end\": 48}], \
                    \"memory\": [{\"start\": 16, \"end\": 32}]}";
        assert_eq!(regions.to_json(), json);
        assert_eq!(Regions::from_json("platform_gen.json", json).unwrap(), regions);
        assert_eq!(
            regions.to_yaml(),
            "devices:\n- end: 0x10\n  start: 0x0\n- end: 0x30\n  start: 0x20\n\
             memory:\n- end: 0x20\n  start: 0x10\n"
        );
    }

    #[test]
    fn errors_name_file_and_value() {
        let error = |text| Regions::from_json("p.json", text).unwrap_err().to_string();
        assert!(error("{}").starts_with("p.json: no memory map: missing field `devices`"));
        assert_eq!(
            error("{\"devices\": [], \"memory\": [{\"start\": 32, \"end\": 16}]}"),
            "p.json: a region from 0x20 to 0x10, expected the end after the start"
        );
    }
}
