//! Stand-ins for the kernel's objects.

use std::format;
use std::string::String;
use std::vec::Vec;

use sel4::{VCpuReg, Word};
use vgic::{InUse, Injection};

use crate::processor::Processor;

/// A processor's objects, which remember what was done with them.
#[derive(Debug)]
pub struct FakeProcessor {
    /// The thread's registers.
    pub words: [Word; 36],
    /// The VCPU's registers.
    pub registers: Vec<(VCpuReg, Word)>,
    /// List registers: what each holds.
    pub lists: [Option<Injection>; 4],
    /// Whether the thread can run.
    pub runs: bool,
    /// What was done, but for registers of the VCPU.
    pub calls: Vec<String>,
}

impl Default for FakeProcessor {
    fn default() -> Self {
        Self {
            words: [0; 36],
            registers: Vec::new(),
            lists: [None; 4],
            runs: false,
            calls: Vec::new(),
        }
    }
}

impl FakeProcessor {
    /// A register of the VCPU.
    pub fn register(&self, register: VCpuReg) -> Word {
        self.registers.iter().rfind(|(of, _)| *of == register).map_or(0, |(_, value)| *value)
    }
}

impl Processor for FakeProcessor {
    fn read_context(&mut self, keep: Word, words: &mut [Word]) {
        self.calls.push(format!("read {}", words.len()));
        for (at, (word, own)) in words.iter_mut().zip(self.words).enumerate() {
            if keep & (1 << at) == 0 {
                *word = own;
            }
        }
    }

    fn write_context(&mut self, words: &[Word], resume: bool) {
        self.words[..words.len()].copy_from_slice(words);
        self.runs |= resume;
        let resume = if resume { " and resume" } else { "" };
        self.calls.push(format!("write {}{resume}", words.len()));
    }

    fn resume(&mut self) {
        self.runs = true;
        self.calls.push("resume".into());
    }

    fn suspend(&mut self) {
        self.runs = false;
        self.calls.push("suspend".into());
    }

    fn step_back(&mut self, back: bool) {
        self.calls.push(if back { "back" } else { "forth" }.into());
    }

    fn read(&mut self, register: VCpuReg) -> Word {
        self.register(register)
    }

    fn write(&mut self, register: VCpuReg, value: Word) {
        self.registers.push((register, value));
    }

    fn inject(&mut self, index: usize, injection: Injection) -> Result<(), InUse> {
        let slot = self.lists.get_mut(index).ok_or(InUse)?;
        *slot = Some(injection);
        self.calls.push(format!("inject {} into {index}", injection.intid.number()));
        Ok(())
    }

    fn acknowledge_timer(&mut self) {
        self.calls.push("acknowledge".into());
    }

    fn renew(&mut self) {
        *self = Self { calls: core::mem::take(&mut self.calls), ..Self::default() };
        self.calls.push("renew".into());
    }
}
