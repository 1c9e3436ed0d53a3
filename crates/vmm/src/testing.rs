//! What several modules' tests need.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::vcpu::{Register, Vcpu, VcpuId};

/// A processor in a map, which remembers which registers were read.
#[derive(Debug, Default)]
pub struct TestVcpu {
    registers: BTreeMap<Register, u64>,
    /// What was read through the trait.
    pub touched: BTreeSet<Register>,
    /// The number it has.
    pub number: VcpuId,
}

impl TestVcpu {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn get(&self, register: Register) -> u64 {
        self.registers.get(&register).copied().unwrap_or(0)
    }

    /// All that aren't zero.
    pub fn registers(&self) -> BTreeMap<Register, u64> {
        self.registers.iter().filter(|(_, value)| **value != 0).map(|(r, v)| (*r, *v)).collect()
    }

    pub fn set(&mut self, register: Register, value: u64) {
        self.registers.insert(register, value);
    }
}

impl Vcpu for TestVcpu {
    fn id(&self) -> VcpuId {
        self.number
    }

    fn read(&mut self, register: Register) -> u64 {
        self.touched.insert(register);
        self.get(register)
    }

    fn write(&mut self, register: Register, value: u64) {
        self.set(register, value);
    }
}
