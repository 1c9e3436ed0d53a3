//! A plugin of QEMU that counts the instructions of the whole machine, and prints the count when a
//! program executes a mark: `movz xzr, #0xca01` and so on, which do nothing. The line is `tcg-count:
//! mark 1 COUNT`.
//!
//! Counted is what is executed: an idle processor costs nothing, however long it is idle.
//!
//! The declarations are those of QEMU's plugin interface, version 4 (QEMU 9.2 to 10.x); QEMU refuses a
//! plugin of another version.
// An interface of C.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::io::Write;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

/// QEMU's name for one plugin.
type Id = u64;

/// A translated block, which only QEMU looks into.
#[repr(C)]
pub struct Block(c_void);

/// A translated instruction, which only QEMU looks into.
#[repr(C)]
pub struct Instruction(c_void);

type OnBlock = extern "C" fn(Id, *mut Block);
type OnExecution = extern "C" fn(c_uint, *mut c_void);
/// Callbacks look at no registers.
const NO_REGISTERS: c_int = 0;

unsafe extern "C" {
    fn qemu_plugin_register_vcpu_tb_trans_cb(id: Id, call: OnBlock);
    fn qemu_plugin_tb_n_insns(block: *const Block) -> usize;
    fn qemu_plugin_tb_get_insn(block: *const Block, index: usize) -> *mut Instruction;
    fn qemu_plugin_insn_data(
        instruction: *const Instruction, to: *mut c_void, size: usize,
    ) -> usize;
    fn qemu_plugin_register_vcpu_tb_exec_cb(
        block: *mut Block, call: OnExecution, flags: c_int, data: *mut c_void,
    );
    fn qemu_plugin_register_vcpu_insn_exec_cb(
        instruction: *mut Instruction, call: OnExecution, flags: c_int, data: *mut c_void,
    );
}

/// The version of the interface that this is written for.
// SAFETY: nothing else has QEMU's name for it.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static qemu_plugin_version: c_int = 4;

static COUNT: AtomicU64 = AtomicU64::new(0);

/// `movz xzr, #0` with the immediate's bits cleared (Arm ARM C6.2, MOVZ).
const MOVZ_XZR: u32 = 0xd280_001f;
/// The immediates of marks: 0xca00 and the mark's number.
const MARKS: u32 = 0xca00;

/// The number of the mark that an instruction is.
fn mark(word: u32) -> Option<usize> {
    let immediate = word >> 5 & 0xffff;
    let is_mark = word & !(0xffff << 5) == MOVZ_XZR && immediate & 0xff00 == MARKS;
    is_mark.then_some((immediate & 0xff) as usize)
}

extern "C" fn on_execution(_: c_uint, instructions: *mut c_void) {
    COUNT.fetch_add(instructions.addr() as u64, Ordering::Relaxed);
}

extern "C" fn on_mark(_: c_uint, number: *mut c_void) {
    let line = format!("tcg-count: mark {} {}\n", number.addr(), COUNT.load(Ordering::Relaxed));
    // In one piece: whoever reads it reads the guest's console as well.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

extern "C" fn on_block(_: Id, block: *mut Block) {
    // SAFETY: QEMU calls this with a block that lives until it returns; instructions are those of the
    // block, and their data is copied into a word of that size.
    unsafe {
        let count = qemu_plugin_tb_n_insns(block);
        let data = ptr::without_provenance_mut(count);
        qemu_plugin_register_vcpu_tb_exec_cb(block, on_execution, NO_REGISTERS, data);
        for index in 0..count {
            let instruction = qemu_plugin_tb_get_insn(block, index);
            let mut word = 0_u32;
            let size = qemu_plugin_insn_data(instruction, (&raw mut word).cast(), 4);
            if let (4, Some(number)) = (size, mark(u32::from_le(word))) {
                let data = ptr::without_provenance_mut(number);
                qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, NO_REGISTERS, data);
            }
        }
    }
}

/// QEMU's first call.
// SAFETY: nothing else has QEMU's name for it.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_plugin_install(
    id: Id, _: *const c_void, _: c_int, _: *const *const c_char,
) -> c_int {
    // SAFETY: the callback stays for as long as the plugin.
    unsafe { qemu_plugin_register_vcpu_tb_trans_cb(id, on_block) };
    0
}
