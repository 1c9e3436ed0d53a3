//! Virtual processors: invocations and their errors.

use sel4::sys;
use sel4::{Error, VCpuReg, cap, cap_type};

use kernel_api_tests::support::check::{equal, holds, refused};
use kernel_api_tests::support::message::invoke;
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("vcpu":
    registers_keep_what_is_written,
    registers_have_documented_first_values,
    a_register_has_to_exist,
    it_runs_a_thread_only,
    a_thread_has_one_processor,
    an_interrupt_has_ten_bits,
    a_priority_has_five_bits,
    a_group_is_0_or_1,
    a_list_register_has_to_exist,
    a_pending_list_register_is_overwritten,
    only_the_virtual_timer_is_acknowledged,
    an_interrupt_to_acknowledge_is_in_range,
    short_messages_are_refused,
    unknown_labels_are_refused,
);

fn registers_keep_what_is_written(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    for (value, register) in (0x1000..).zip(VCpuReg::ALL) {
        vcpu.vcpu_write_regs(*register, value)?;
    }
    for (value, register) in (0x1000..).zip(VCpuReg::ALL) {
        equal((*register, vcpu.vcpu_read_regs(*register)?), (*register, value))?;
    }
    Ok(())
}

fn registers_have_documented_first_values(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    let sctlr = vcpu.vcpu_read_regs(VCpuReg::SCTLR)?;
    // No translation, no caches.
    equal(sctlr & 0b101, 0)?;
    for register in [VCpuReg::TTBR0, VCpuReg::VBAR, VCpuReg::SP_EL1, VCpuReg::CNTV_CTL] {
        equal((register, vcpu.vcpu_read_regs(register)?), (register, 0))?;
    }
    Ok(())
}

fn a_register_has_to_exist(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    let first = VCpuReg::ALL.len() as u64;
    let error = Error::InvalidArgument { number: 1 };
    refused(invoke(vcpu, sys::ARMVCPUReadReg, &[first], &[]), error)?;
    refused(invoke(vcpu, sys::ARMVCPUWriteReg, &[first, 0], &[]), error)
}

fn it_runs_a_thread_only(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    refused(vcpu.vcpu_set_tcb(env.endpoint()?.cast()), Error::IllegalOperation)
}

fn a_thread_has_one_processor(env: Env) -> Outcome {
    let (one, other): (cap::VCpu, cap::VCpu) = (env.make()?, env.make()?);
    let tcb: cap::Tcb = env.make()?;
    one.vcpu_set_tcb(tcb)?;
    // The second takes the place of the first.
    other.vcpu_set_tcb(tcb)?;
    Ok(one.vcpu_set_tcb(env.make::<cap_type::Tcb>()?)?)
}

fn an_interrupt_has_ten_bits(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    refused(vcpu.vcpu_inject_irq(1024, 0, 0, 0), Error::RangeError { min: 0, max: 1023 })?;
    Ok(vcpu.vcpu_inject_irq(1023, 0, 0, 0)?)
}

fn a_priority_has_five_bits(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    refused(vcpu.vcpu_inject_irq(1, 32, 0, 0), Error::RangeError { min: 0, max: 31 })?;
    Ok(vcpu.vcpu_inject_irq(1, 31, 0, 0)?)
}

fn a_group_is_0_or_1(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    refused(vcpu.vcpu_inject_irq(1, 0, 2, 0), Error::RangeError { min: 0, max: 1 })?;
    Ok(vcpu.vcpu_inject_irq(1, 0, 1, 0)?)
}

fn a_list_register_has_to_exist(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    let result = vcpu.vcpu_inject_irq(1, 0, 0, 255);
    // How many there are is the hardware's.
    holds(
        matches!(result, Err(Error::RangeError { min: 0, max: 0..64 })),
        "there are at most 64 list registers",
    )?;
    let Err(Error::RangeError { max, .. }) = result else {
        return Ok(());
    };
    let last = u8::try_from(max).unwrap_or_default();
    vcpu.vcpu_inject_irq(1, 0, 0, last)?;
    refused(vcpu.vcpu_inject_irq(1, 0, 0, last + 1), Error::RangeError { min: 0, max })
}

fn a_pending_list_register_is_overwritten(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    vcpu.vcpu_inject_irq(1, 0, 0, 0)?;
    Ok(vcpu.vcpu_inject_irq(2, 0, 0, 0)?)
}

fn only_the_virtual_timer_is_acknowledged(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    refused(vcpu.vcpu_ack_vppi(28), Error::InvalidArgument { number: 0 })?;
    Ok(vcpu.vcpu_ack_vppi(27)?)
}

fn an_interrupt_to_acknowledge_is_in_range(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    refused(vcpu.vcpu_ack_vppi(160), Error::RangeError { min: 0, max: 159 })
}

fn short_messages_are_refused(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    let error = Error::TruncatedMessage;
    refused(invoke(vcpu, sys::ARMVCPUSetTCB, &[], &[]), error)?;
    refused(invoke(vcpu, sys::ARMVCPUReadReg, &[], &[]), error)?;
    refused(invoke(vcpu, sys::ARMVCPUWriteReg, &[0], &[]), error)?;
    refused(invoke(vcpu, sys::ARMVCPUInjectIRQ, &[], &[]), error)?;
    refused(invoke(vcpu, sys::ARMVCPUAckVPPI, &[], &[]), error)
}

fn unknown_labels_are_refused(env: Env) -> Outcome {
    let vcpu: cap::VCpu = env.make()?;
    refused(invoke(vcpu, sys::TCBSuspend, &[], &[]), Error::IllegalOperation)
}
