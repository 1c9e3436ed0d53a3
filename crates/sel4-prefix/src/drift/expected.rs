//! The values of `sel4-abi` under the names that C headers have for them.

use std::mem::offset_of;

use sel4_abi::aarch64::{
    PaSize, VcpuReg, fault as arch_fault, object as arch_object, registers, vcpu, vm::VmAttributes,
};
use sel4_abi::bootinfo::{BootInfo, ExtraHeader, ExtraId, SlotRegion, UntypedDesc};
use sel4_abi::fault::cap_fault;
use sel4_abi::{
    CapRights, Error, FaultType, InvocationLabel, LookupFailure, ObjectType, Syscall, cnode,
    error::msg, ipc_buffer, message, object, slot, tcb,
};
use sel4_idl::config::Config;
use sel4_idl::syscalls::Syscalls;

/// A C expression and the value that it must have.
pub(super) type Expectation = (String, i128);

/// Everything that the headers of a configured kernel can confirm.
pub(super) fn all(config: &Config, syscalls: &Syscalls) -> Vec<Expectation> {
    let pa_size =
        if config.is_enabled("ARM_PA_SIZE_BITS_44") { PaSize::Bits44 } else { PaSize::Bits40 };
    let mut list = List::default();
    list.enums(config, syscalls);
    list.faults();
    list.sizes(pa_size);
    list.layouts();
    list.slots();
    list.limits();
    list.0
}

#[derive(Default)]
struct List(Vec<Expectation>);

impl List {
    fn add(&mut self, expression: impl Into<String>, value: impl TryInto<i128>) {
        // Every value is a word or a small number.
        let value = value.try_into().unwrap_or(i128::MIN);
        self.0.push((expression.into(), value));
    }

    fn enums(&mut self, config: &Config, syscalls: &Syscalls) {
        for label in InvocationLabel::ALL {
            self.add(label.name(), label.number());
        }
        self.add("nArchInvocationLabels", InvocationLabel::COUNT);
        for (number, name) in syscalls.present(config) {
            // The prefix says which calls there are, sel4-abi says how they are numbered.
            let ours = Syscall::ALL.iter().find(|call| call.name() == name);
            let number = ours.map_or(i128::from(number), |call| call.number() as i128);
            self.add(format!("seL4_Sys{name}"), number);
        }
        for error in Error::ALL {
            self.add(format!("seL4_{}", error.name()), error.number());
        }
        self.add("seL4_NumErrors", Error::COUNT);
        for failure in LookupFailure::ALL {
            self.add(format!("seL4_{}", failure.name()), failure.number());
        }
        for fault in FaultType::ALL {
            self.add(format!("seL4_Fault_{}", fault.name()), fault.number());
        }
        let objects = [
            ("seL4_UntypedObject", ObjectType::Untyped),
            ("seL4_TCBObject", ObjectType::Tcb),
            ("seL4_EndpointObject", ObjectType::Endpoint),
            ("seL4_NotificationObject", ObjectType::Notification),
            ("seL4_CapTableObject", ObjectType::CapTable),
            ("seL4_ARM_HugePageObject", ObjectType::HugePage),
            ("seL4_ARM_VSpaceObject", ObjectType::VSpace),
            ("seL4_ARM_SmallPageObject", ObjectType::SmallPage),
            ("seL4_ARM_LargePageObject", ObjectType::LargePage),
            ("seL4_ARM_PageTableObject", ObjectType::PageTable),
            ("seL4_ARM_VCPUObject", ObjectType::Vcpu),
        ];
        for (name, object) in objects {
            self.add(name, object.number());
        }
        self.add("seL4_NonArchObjectTypeCount", ObjectType::NUM_GENERIC);
        self.add("seL4_ObjectTypeCount", ObjectType::COUNT);
        for (name, reg) in VCPU_REGISTERS.iter().zip(VcpuReg::ALL) {
            self.add(format!("seL4_VCPUReg_{name}"), reg.number());
        }
        self.add("seL4_VCPUReg_Num", VcpuReg::COUNT);
        self.add("seL4_VCPURegSaveRange_start", vcpu::SAVE_RANGE_START.number());
        self.add("seL4_VCPURegSaveRange_end", vcpu::SAVE_RANGE_END.number());
        for (name, attributes) in [
            ("PageCacheable", VmAttributes::PAGE_CACHEABLE),
            ("ParityEnabled", VmAttributes::PARITY_ENABLED),
            ("Default_VMAttributes", VmAttributes::DEFAULT),
            ("ExecuteNever", VmAttributes::EXECUTE_NEVER),
        ] {
            self.add(format!("seL4_ARM_{name}"), attributes.as_word());
        }
        for (name, id) in [
            ("PADDING", ExtraId::Padding),
            ("X86_VBE", ExtraId::X86Vbe),
            ("X86_MBMMAP", ExtraId::X86MbMmap),
            ("X86_ACPI_RSDP", ExtraId::X86AcpiRsdp),
            ("X86_FRAMEBUFFER", ExtraId::X86Framebuffer),
            ("X86_TSC_FREQ", ExtraId::X86TscFreq),
            ("FDT", ExtraId::Fdt),
        ] {
            self.add(format!("SEL4_BOOTINFO_HEADER_{name}"), id.number());
        }
        self.add("SEL4_BOOTINFO_HEADER_NUM", ExtraId::COUNT);
    }

    fn faults(&mut self) {
        use arch_fault::{
            unknown_syscall, user_exception, vcpu_fault, vgic_maintenance, vm_fault, vppi_event,
        };
        for (name, value) in [
            ("CapFault_IP", cap_fault::IP),
            ("CapFault_Addr", cap_fault::ADDR),
            ("CapFault_InRecvPhase", cap_fault::IN_RECV_PHASE),
            ("CapFault_LookupFailureType", cap_fault::LOOKUP_FAILURE_TYPE),
            ("CapFault_BitsLeft", cap_fault::BITS_LEFT),
            ("CapFault_DepthMismatch_BitsFound", cap_fault::DEPTH_MISMATCH_BITS_FOUND),
            ("CapFault_GuardMismatch_GuardFound", cap_fault::GUARD_MISMATCH_GUARD_FOUND),
            ("CapFault_GuardMismatch_BitsFound", cap_fault::GUARD_MISMATCH_BITS_FOUND),
            ("UnknownSyscall_X0", unknown_syscall::X0),
            ("UnknownSyscall_X7", unknown_syscall::X7),
            ("UnknownSyscall_FaultIP", unknown_syscall::FAULT_IP),
            ("UnknownSyscall_SP", unknown_syscall::SP),
            ("UnknownSyscall_LR", unknown_syscall::LR),
            ("UnknownSyscall_SPSR", unknown_syscall::SPSR),
            ("UnknownSyscall_Syscall", unknown_syscall::SYSCALL),
            ("UnknownSyscall_Length", unknown_syscall::LENGTH),
            ("UserException_FaultIP", user_exception::FAULT_IP),
            ("UserException_SP", user_exception::SP),
            ("UserException_SPSR", user_exception::SPSR),
            ("UserException_Number", user_exception::NUMBER),
            ("UserException_Code", user_exception::CODE),
            ("UserException_Length", user_exception::LENGTH),
            ("VMFault_IP", vm_fault::IP),
            ("VMFault_Addr", vm_fault::ADDR),
            ("VMFault_PrefetchFault", vm_fault::PREFETCH_FAULT),
            ("VMFault_FSR", vm_fault::FSR),
            ("VMFault_Length", vm_fault::LENGTH),
            ("VGICMaintenance_IDX", vgic_maintenance::IDX),
            ("VGICMaintenance_Length", vgic_maintenance::LENGTH),
            ("VPPIEvent_IRQ", vppi_event::IRQ),
            ("VPPIEvent_Length", vppi_event::LENGTH),
            ("VCPUFault_HSR", vcpu_fault::HSR),
            ("VCPUFault_Length", vcpu_fault::LENGTH),
        ] {
            self.add(format!("seL4_{name}"), value);
        }
        self.add("SEL4_MAPPING_LOOKUP_LEVEL", msg::MAPPING_LEVEL);
    }

    fn sizes(&mut self, pa_size: PaSize) {
        for (name, value) in [
            ("PageBits", arch_object::PAGE_BITS),
            ("LargePageBits", arch_object::LARGE_PAGE_BITS),
            ("HugePageBits", arch_object::HUGE_PAGE_BITS),
            ("SlotBits", cnode::SLOT_BITS),
            ("TCBBits", arch_object::TCB_BITS),
            ("EndpointBits", object::ENDPOINT_BITS),
            ("NotificationBits", object::NOTIFICATION_BITS),
            ("PageTableBits", arch_object::PAGE_TABLE_BITS),
            ("PageTableEntryBits", arch_object::PAGE_TABLE_ENTRY_BITS),
            ("PageTableIndexBits", arch_object::PAGE_TABLE_INDEX_BITS),
            ("NumASIDPoolsBits", arch_object::NUM_ASID_POOLS_BITS),
            ("ASIDPoolBits", arch_object::ASID_POOL_BITS),
            ("ASIDPoolIndexBits", arch_object::ASID_POOL_INDEX_BITS),
            ("VSpaceEntryBits", arch_object::VSPACE_ENTRY_BITS),
            ("VSpaceBits", pa_size.vspace_bits()),
            ("VSpaceIndexBits", pa_size.vspace_index_bits()),
            ("VCPUBits", arch_object::VCPU_BITS),
            ("WordBits", sel4_abi::WORD_BITS),
            ("MinUntypedBits", object::MIN_UNTYPED_BITS),
            ("MaxUntypedBits", object::MAX_UNTYPED_BITS),
            ("IPCBufferSizeBits", ipc_buffer::SIZE_BITS),
            ("BootInfoFrameBits", sel4_abi::bootinfo::FRAME_BITS),
            ("GuardSizeBits", cnode::GUARD_SIZE_BITS),
            ("GuardBits", cnode::GUARD_BITS),
            ("BadgeBits", cnode::BADGE_BITS),
            ("CapRightsBits", sel4_abi::rights::BITS),
            ("MsgLengthBits", message::LENGTH_BITS),
            ("MsgExtraCapBits", message::EXTRA_CAPS_BITS),
        ] {
            self.add(format!("seL4_{name}"), value);
        }
        self.add("seL4_UserVSpaceTop", pa_size.user_top());
    }

    fn layouts(&mut self) {
        for (index, name) in registers::UserContext::NAMES.iter().enumerate() {
            self.offset("seL4_UserContext", name, index * 8);
        }
        self.add("sizeof(seL4_UserContext)", size_of::<registers::UserContext>());
        for (name, words) in [
            ("tag", ipc_buffer::TAG),
            ("msg", ipc_buffer::MSG),
            ("userData", ipc_buffer::USER_DATA),
            ("caps_or_badges", ipc_buffer::CAPS_OR_BADGES),
            ("receiveCNode", ipc_buffer::RECEIVE_CNODE),
            ("receiveIndex", ipc_buffer::RECEIVE_INDEX),
            ("receiveDepth", ipc_buffer::RECEIVE_DEPTH),
        ] {
            self.offset("seL4_IPCBuffer", name, words * 8);
        }
        self.add("sizeof(seL4_IPCBuffer)", size_of::<ipc_buffer::IpcBuffer>());
        for (name, offset) in [
            ("extraLen", offset_of!(BootInfo, extra_len)),
            ("nodeID", offset_of!(BootInfo, node_id)),
            ("numNodes", offset_of!(BootInfo, num_nodes)),
            ("numIOPTLevels", offset_of!(BootInfo, num_io_pt_levels)),
            ("ipcBuffer", offset_of!(BootInfo, ipc_buffer)),
            ("empty", offset_of!(BootInfo, empty)),
            ("sharedFrames", offset_of!(BootInfo, shared_frames)),
            ("userImageFrames", offset_of!(BootInfo, user_image_frames)),
            ("userImagePaging", offset_of!(BootInfo, user_image_paging)),
            ("ioSpaceCaps", offset_of!(BootInfo, io_space_caps)),
            ("extraBIPages", offset_of!(BootInfo, extra_bi_pages)),
            ("initThreadCNodeSizeBits", offset_of!(BootInfo, init_thread_cnode_size_bits)),
            ("initThreadDomain", offset_of!(BootInfo, init_thread_domain)),
            ("untyped", offset_of!(BootInfo, untyped)),
            ("untypedList", offset_of!(BootInfo, untyped_list)),
        ] {
            self.offset("seL4_BootInfo", name, offset);
        }
        self.offset("seL4_SlotRegion", "start", offset_of!(SlotRegion, start));
        self.offset("seL4_SlotRegion", "end", offset_of!(SlotRegion, end));
        self.offset("seL4_UntypedDesc", "paddr", offset_of!(UntypedDesc, paddr));
        self.offset("seL4_UntypedDesc", "sizeBits", offset_of!(UntypedDesc, size_bits));
        self.offset("seL4_UntypedDesc", "isDevice", offset_of!(UntypedDesc, is_device));
        self.add("sizeof(seL4_UntypedDesc)", size_of::<UntypedDesc>());
        self.offset("seL4_BootInfoHeader", "id", offset_of!(ExtraHeader, id));
        self.offset("seL4_BootInfoHeader", "len", offset_of!(ExtraHeader, len));
        self.add("sizeof(seL4_BootInfoHeader)", size_of::<ExtraHeader>());
    }

    fn offset(&mut self, structure: &str, field: &str, offset: usize) {
        self.add(format!("__builtin_offsetof({structure}, {field})"), offset);
    }

    fn slots(&mut self) {
        for (name, value) in [
            ("CapNull", slot::NULL),
            ("CapInitThreadTCB", slot::INIT_THREAD_TCB),
            ("CapInitThreadCNode", slot::INIT_THREAD_CNODE),
            ("CapInitThreadVSpace", slot::INIT_THREAD_VSPACE),
            ("CapIRQControl", slot::IRQ_CONTROL),
            ("CapASIDControl", slot::ASID_CONTROL),
            ("CapInitThreadASIDPool", slot::INIT_THREAD_ASID_POOL),
            ("CapIOPortControl", slot::IO_PORT_CONTROL),
            ("CapIOSpace", slot::IO_SPACE),
            ("CapBootInfoFrame", slot::BOOT_INFO_FRAME),
            ("CapInitThreadIPCBuffer", slot::INIT_THREAD_IPC_BUFFER),
            ("CapDomain", slot::DOMAIN),
            ("CapSMMUSIDControl", slot::SMMU_SID_CONTROL),
            ("CapSMMUCBControl", slot::SMMU_CB_CONTROL),
            ("CapInitThreadSC", slot::INIT_THREAD_SC),
            ("CapSMC", slot::SMC),
            ("NumInitialCaps", slot::NUM_INITIAL_CAPS),
        ] {
            self.add(format!("seL4_{name}"), value);
        }
    }

    fn limits(&mut self) {
        for (name, value) in [
            ("FastMessageRegisters", registers::NUM_FAST_MSG),
            ("MsgMaxLength", message::MAX_LENGTH),
            ("MsgMaxExtraCaps", message::MAX_EXTRA_CAPS),
            ("MinPrio", tcb::MIN_PRIORITY),
            ("MaxPrio", tcb::MAX_PRIORITY),
            ("TCBFlag_fpuDisabled", tcb::flag::FPU_DISABLED),
            ("TCBFlag_MASK", tcb::flag::MASK),
        ] {
            self.add(format!("seL4_{name}"), value);
        }
        self.add("sizeof(seL4_CapRights_t)", size_of::<CapRights>());
    }
}

/// C names of [`VcpuReg`], in its order.
const VCPU_REGISTERS: [&str; VcpuReg::COUNT] = [
    "SCTLR",
    "CPACR",
    "TTBR0",
    "TTBR1",
    "TCR",
    "MAIR",
    "AMAIR",
    "CIDR",
    "ACTLR",
    "AFSR0",
    "AFSR1",
    "ESR",
    "FAR",
    "PAR",
    "VBAR",
    "TPIDR_EL1",
    "VMPIDR_EL2",
    "SP_EL1",
    "ELR_EL1",
    "SPSR_EL1",
    "CNTV_CTL",
    "CNTV_CVAL",
    "CNTVOFF",
    "CNTKCTL_EL1",
];
