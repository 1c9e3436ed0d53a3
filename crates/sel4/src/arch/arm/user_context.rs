//! Registers of a thread.

use crate::{Word, sys};

/// Registers of a thread (`seL4_UserContext`).
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default)]
pub struct UserContext(sys::seL4_UserContext);

/// Calls a macro with the general purpose registers, `$self.0.x0` to `$self.0.x30`.
macro_rules! gprs {
    ($self:ident, $index:ident, $($borrow:tt)+) => {
        gprs!(@ $self, $index, [$($borrow)+],
            0 x0, 1 x1, 2 x2, 3 x3, 4 x4, 5 x5, 6 x6, 7 x7, 8 x8, 9 x9, 10 x10, 11 x11, 12 x12,
            13 x13, 14 x14, 15 x15, 16 x16, 17 x17, 18 x18, 19 x19, 20 x20, 21 x21, 22 x22,
            23 x23, 24 x24, 25 x25, 26 x26, 27 x27, 28 x28, 29 x29, 30 x30)
    };
    (@ $self:ident, $index:ident, $borrow:tt, $($number:literal $name:ident),*) => {
        match $index {
            $($number => gprs!(# $self, $name, $borrow),)*
            _ => panic!("no such general purpose register"),
        }
    };
    (# $self:ident, $name:ident, [$($borrow:tt)+]) => { $($borrow)+ $self.0.$name };
}

impl UserContext {
    /// How many registers there are.
    pub const COUNT: usize = size_of::<sys::seL4_UserContext>() / size_of::<Word>();

    /// The raw structure.
    pub const fn inner(&self) -> &sys::seL4_UserContext {
        &self.0
    }

    /// The raw structure.
    pub const fn inner_mut(&mut self) -> &mut sys::seL4_UserContext {
        &mut self.0
    }

    /// The program counter.
    pub const fn pc(&self) -> &Word {
        &self.0.pc
    }

    /// The program counter.
    pub const fn pc_mut(&mut self) -> &mut Word {
        &mut self.0.pc
    }

    /// The stack pointer.
    pub const fn sp(&self) -> &Word {
        &self.0.sp
    }

    /// The stack pointer.
    pub const fn sp_mut(&mut self) -> &mut Word {
        &mut self.0.sp
    }

    /// The processor state.
    pub const fn spsr(&self) -> &Word {
        &self.0.spsr
    }

    /// The processor state.
    pub const fn spsr_mut(&mut self) -> &mut Word {
        &mut self.0.spsr
    }

    /// General purpose register x0 to x30.
    ///
    /// # Panics
    ///
    /// If there is no such register.
    pub const fn gpr(&self, index: usize) -> &Word {
        gprs!(self, index, &)
    }

    /// General purpose register x0 to x30.
    ///
    /// # Panics
    ///
    /// If there is no such register.
    pub const fn gpr_mut(&mut self, index: usize) -> &mut Word {
        gprs!(self, index, &mut)
    }

    /// Parameter number `index` of a C function, from 0 to 7.
    ///
    /// # Panics
    ///
    /// If the parameter isn't passed in a register.
    pub const fn c_param(&self, index: usize) -> &Word {
        assert!(index < 8, "only eight parameters are passed in registers");
        self.gpr(index)
    }

    /// Parameter number `index` of a C function, from 0 to 7.
    ///
    /// # Panics
    ///
    /// If the parameter isn't passed in a register.
    pub const fn c_param_mut(&mut self, index: usize) -> &mut Word {
        assert!(index < 8, "only eight parameters are passed in registers");
        self.gpr_mut(index)
    }
}

const _: () = assert!(UserContext::COUNT == sel4_abi::aarch64::registers::UserContext::WORDS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_found_by_number() {
        let mut context = UserContext::default();
        for i in 0..31 {
            *context.gpr_mut(i) = 100 + Word::try_from(i).unwrap();
        }
        assert_eq!(context.inner().x0, 100);
        assert_eq!(context.inner().x16, 116);
        assert_eq!(context.inner().x30, 130);
        assert_eq!(*context.c_param(7), 107);
    }

    #[test]
    #[should_panic(expected = "no such general purpose register")]
    fn x31_is_no_register() {
        UserContext::default().gpr(31);
    }
}
