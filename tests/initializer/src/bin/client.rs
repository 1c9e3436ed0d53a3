//! A client that looks around, asks the server for everything, and says what happened.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![allow(unsafe_code)] // it looks at memory by address

#[cfg(target_os = "none")]
mod target {
    use initializer_tests::{FILE_SIZE, address, file_byte, method, reply, say, slot};
    use sel4::{MessageInfo, cap};

    #[unsafe(no_mangle)]
    extern "C" fn main(config: u64, why: u64, third: u64, fourth: u64) -> ! {
        say!("client: started with {config:#x} {why} {third} {fourth}");
        look_at_memory();
        look_at_capabilities();
        for number in [method::ADD_ONE, method::STARTS] {
            say!("client: method {number} gives {}", ask(number));
        }
        for number in method::READ_NULL..=method::LIE {
            say!("client: method {number} gives {}", ask(number));
            say!("client: server was started {} times", ask(method::STARTS));
        }
        say!("client: done");
        loop {
            cap::Notification::from_bits(slot::EVENTS).wait();
        }
    }

    /// The answer to a call: label and first register.
    struct Answer(u64, u64);

    impl core::fmt::Display for Answer {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            match self.0 {
                reply::OK => write!(f, "{}", self.1),
                reply::HALTED => f.write_str("(server halted)"),
                reply::RESTARTED => f.write_str("(server restarted)"),
                label => write!(f, "(label {label})"),
            }
        }
    }

    fn ask(number: u64) -> Answer {
        let info = MessageInfo::new(number, 0, 0, 1);
        let answer = cap::Endpoint::from_bits(slot::CALL).call_with_mrs(info, [41]);
        Answer(answer.info.label(), answer.msg[0])
    }

    fn look_at_memory() {
        // SAFETY: the builder maps the clock's registers there.
        let id: [u32; 4] = core::array::from_fn(|index| unsafe {
            let register = address::DEVICE + 0xfe0 + 4 * index;
            core::ptr::with_exposed_provenance::<u32>(register).read_volatile()
        });
        say!("client: the clock is part {:#x}", id[0] | (id[1] & 0xf) << 8);
        let large = core::ptr::with_exposed_provenance::<u8>(address::LARGE);
        // SAFETY: the builder maps two large pages there.
        let large = unsafe { core::slice::from_raw_parts(large, 4 << 20) };
        let same = large[..FILE_SIZE].iter().enumerate().all(|(at, byte)| *byte == file_byte(at));
        let zero = large[FILE_SIZE..].iter().all(|byte| *byte == 0);
        say!("client: the file is complete: {same}; zeros follow it: {zero}");
    }

    fn look_at_capabilities() {
        let cnode = cap::CNode::from_bits(slot::CNODE);
        let untyped = cap::Untyped::from_bits(slot::UNTYPED);
        let empty = usize::try_from(slot::EMPTY).unwrap_or(0);
        let made = untyped.untyped_retype(
            &sel4::ObjectBlueprint::Notification,
            &cnode.absolute_cptr_for_self(),
            empty,
            1,
        );
        say!("client: an object of its own untyped: {made:?}");
        let irq = cap::IrqHandler::from_bits(slot::IRQ);
        say!("client: its interrupt: {:?}", irq.irq_handler_ack());
        alarm(&irq);
    }

    /// The clock's interrupt reaches the notification that is bound to this thread.
    fn alarm(irq: &cap::IrqHandler) {
        let register =
            |offset: usize| core::ptr::with_exposed_provenance_mut::<u32>(address::DEVICE + offset);
        // SAFETY: the registers of the clock (PL031): data, match, mask, clear.
        unsafe {
            let now = register(0x0).read_volatile();
            register(0x4).write_volatile(now + 1);
            register(0x10).write_volatile(1);
        }
        let ((), badge) = cap::Notification::from_bits(slot::EVENTS).wait();
        // SAFETY: as above.
        unsafe { register(0x1c).write_volatile(1) };
        say!("client: the alarm raised {badge:#x}; acknowledged: {:?}", irq.irq_handler_ack());
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
