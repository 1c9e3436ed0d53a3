#pragma once
#include <stringize.h>

// Macros for x86 applications with VMs. `num` is the number of a VM, written in digits: the instance is then vm0,
// vm1, .. and its component type, which the application declares with VM_INIT_DEF, is Init0, Init1, ..

// The badge of the event for line n of the guest's interrupt controllers: bits 27 and n + 1.
#define VM_PIC_BADGE_IRQ_0 0x8000002
#define VM_PIC_BADGE_IRQ_1 0x8000004
#define VM_PIC_BADGE_IRQ_2 0x8000008
#define VM_PIC_BADGE_IRQ_3 0x8000010
#define VM_PIC_BADGE_IRQ_4 0x8000020
#define VM_PIC_BADGE_IRQ_5 0x8000040
#define VM_PIC_BADGE_IRQ_6 0x8000080
#define VM_PIC_BADGE_IRQ_7 0x8000100
#define VM_PIC_BADGE_IRQ_8 0x8000200
#define VM_PIC_BADGE_IRQ_9 0x8000400
#define VM_PIC_BADGE_IRQ_10 0x8000800
#define VM_PIC_BADGE_IRQ_11 0x8001000
#define VM_PIC_BADGE_IRQ_12 0x8002000
#define VM_PIC_BADGE_IRQ_13 0x8004000
#define VM_PIC_BADGE_IRQ_14 0x8008000
#define VM_PIC_BADGE_IRQ_15 0x8010000

// The body of a VM component. More interfaces may follow it.
#define VM_INIT_DEF() \
    control; \
    \
    uses FileServerInterface fs; \
    uses PutChar putchar; \
    uses PutChar guest_putchar; \
    uses GetChar serial_getchar; \
    uses Timer init_timer; \
    uses RTC system_rtc; \
    uses PCIConfig pci_config; \
    consumes HaveInterrupt intready; \
    emits HaveInterrupt intready_connector; \
    \
    attribute string kernel_cmdline; \
    attribute string kernel_image; \
    attribute string kernel_relocs; \
    attribute string initrd_image; \
    attribute int guest_ram_mb; \
    attribute int iospace_domain; \
    attribute int cnode_size_bits = 21; \
    attribute string vswitch_mac_address = ""; \
    attribute vswitch_mapping vswitch_layout[] = []; \
    attribute { int send_id; int recv_id; } serial_layout[] = []; \
    attribute { int cid; int send_id; int recv_id; } socket_layout[] = []; \
    attribute int guest_cid = 0;

// In the composition: the servers that all VMs share. A server numbers its clients in the order of the connections.
#define VM_COMPOSITION_DEF() \
    component FileServer fserv; \
    component SerialServer serial; \
    component TimeServer time_server; \
    component RTC rtc; \
    component PCIConfigIO pci_config; \
    connection seL4RPCCall serial_pci_config(from pci_config.putchar, to serial.processed_putchar); \
    connection seL4RPCCall serial_time_server(from time_server.putchar, to serial.processed_putchar); \
    connection seL4RPCCall serial_rtc(from rtc.putchar, to serial.processed_putchar); \
    connection seL4TimeServer serialserver_timer(from serial.timeout, to time_server.the_timer);

// In the composition, for each VM: the VM and its connections.
#define VM_PER_VM_COMP_DEF(num) VM_PER_VM_COMPONENTS(num) VM_PER_VM_CONNECTIONS(num)

#define VM_PER_VM_COMPONENTS(num) component Init##num vm##num;

#define VM_PER_VM_CONNECTIONS(num) \
    connection seL4GlobalAsynch intreadycon##num(from vm##num.intready_connector, to vm##num.intready); \
    connection seL4RPCDataport fs##num(from vm##num.fs, to fserv.fs_ctrl); \
    connection seL4RPCCall serial_vm##num(from vm##num.putchar, to serial.processed_putchar); \
    connection seL4RPCCall serial_guest_vm##num(from vm##num.guest_putchar, to serial.raw_putchar); \
    connection seL4SerialServer serial_input##num(from vm##num.serial_getchar, to serial.getchar); \
    connection seL4RPCCall rtctest##num(from vm##num.system_rtc, to rtc.rtc); \
    connection seL4TimeServer CAT(pit##num, _timer)(from vm##num.init_timer, to time_server.the_timer); \
    connection seL4RPCCall pciconfig##num(from vm##num.pci_config, to pci_config.pci_config);

// In the configuration: the shared servers. A VM uses 12 timers. The TimeServer runs before everything else, and the
// serial line's interrupt before the VMs.
#define VM_CONFIGURATION_DEF() \
    fserv.heap_size = 0x30000; \
    serial.serial_irq_priority = 200; \
    time_server.priority = 255; \
    time_server.timers_per_client = 12; \
    time_server.simple = true; \
    time_server.simple_extra_bootinfo = ["SEL4_BOOTINFO_HEADER_X86_TSC_FREQ"];

// In the configuration, for each VM. Its events have badges with bit 27 set; bits 1 to 16 are the guest's interrupt
// lines, see VM_PIC_BADGE_IRQ_0.
#define VM_PER_VM_CONFIG_DEF(num) \
    vm##num.fs_shmem_size = 0x1000; \
    vm##num.serial_getchar_shmem_size = 0x1000; \
    vm##num.serial_getchar_attributes = VAR_STRINGIZE(num); \
    vm##num.global_endpoint_base = 1 << 27; \
    vm##num.global_endpoint_mask = 0x1fffffff & ~0x1fffe; \
    vm##num.simple = true; \
    vm##num.asid_pool = true; \
    VM_MAYBE_ZONE_DMA(num)

// Settings that an application adds to every VM.
#ifndef VM_MAYBE_ZONE_DMA
#define VM_MAYBE_ZONE_DMA(num)
#endif
