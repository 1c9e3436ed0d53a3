#pragma once
#include <stringize.h>
#include <for-each.h>

// Macros for ARM applications with VMs. `num` is the number of a VM, written in digits: the instance is then vm0,
// vm1, .. of the component type VM, which is in VM_Arm/VM.camkes, or declared by the application with VM_INIT_DEF.

#if TK1DEVICEFWD
#define DEF_TK1DEVICEFWD \
    uses gen_fwd_inf uartfwd; \
    uses gen_fwd_inf clkcarfwd;
#else
#define DEF_TK1DEVICEFWD
#endif

#if KERNELARMPLATFORM_EXYNOS5410
#define DEF_KERNELARMPLATFORM_EXYNOS5410 \
    uses pwm_inf pwm; \
    dataport Buf cmu_cpu; \
    dataport Buf cmu_top; \
    dataport Buf cmu_core; \
    dataport Buf gpio_right;
#else
#define DEF_KERNELARMPLATFORM_EXYNOS5410
#endif

// The body of a VM component. More interfaces may follow it. Addresses and sizes are numbers as text; a
// kernel_entry_addr of "-1" means where the kernel's format has it. The linux_* attributes are those of older
// applications: use vm_address_config and vm_image_config.
#define VM_INIT_DEF() \
    control; \
    has semaphore vm_sem; \
    uses FileServerInterface fs; \
    maybe uses Batch batch; \
    maybe uses PutChar guest_putchar; \
    maybe uses GetChar serial_getchar; \
    maybe uses Timer timer; \
    maybe uses VirtQueueDev recv; \
    maybe uses VirtQueueDrv send; \
    maybe consumes restart restart_event; \
    consumes HaveNotification notification_ready; \
    emits HaveNotification notification_ready_connector; \
    provides VMDTBPassthrough dtb; \
    maybe uses VMDTBPassthrough dtb_self; \
    DEF_TK1DEVICEFWD \
    DEF_KERNELARMPLATFORM_EXYNOS5410 \
    \
    attribute int base_prio; \
    attribute int num_vcpus = 1; \
    attribute int num_extra_frame_caps; \
    attribute int extra_frame_map_address; \
    attribute { \
        string ram_base; \
        string ram_paddr_base; \
        string ram_size; \
        string kernel_entry_addr = "-1"; \
        string dtb_addr; \
        string initrd_addr; \
    } vm_address_config; \
    attribute { \
        string kernel_name = "linux"; \
        string kernel_bootcmdline = ""; \
        string kernel_stdout = ""; \
        int provide_initrd = true; \
        string initrd_name = "linux-initrd"; \
        int provide_dtb = true; \
        string dtb_name = "linux-dtb"; \
        int generate_dtb = false; \
        string dtb_base_name = ""; \
        int map_one_to_one = false; \
        int clean_cache = false; \
    } vm_image_config; \
    attribute { \
        string linux_ram_base; \
        string linux_ram_paddr_base; \
        string linux_ram_size; \
        string linux_ram_offset = "0"; \
        string dtb_addr; \
        string initrd_addr; \
        string initrd_max_size = "-1"; \
    } linux_address_config; \
    attribute { \
        string linux_name = "linux"; \
        string linux_bootcmdline = ""; \
        string linux_stdout = ""; \
        string initrd_name = "linux-initrd"; \
        string dtb_name = "linux-dtb"; \
        string dtb_base_name = ""; \
    } linux_image_config; \
    attribute { \
        int send_id; \
        int recv_id; \
    } serial_layout[] = [];

// In the composition: the servers that all VMs share, then each VM with its connections.
#define VM_GENERAL_COMPOSITION_DEF() component FileServer fserv;

#define VM_COMPOSITION_DEF(num) VM_COMPONENT_DEF(num) VM_COMPONENT_CONNECTIONS_DEF(num)

#define VM_COMPONENT_DEF(num) component VM vm##num;

#define VM_COMPONENT_CONNECTIONS_DEF(num) \
    connection seL4RPCDataport fs##num(from vm##num.fs, to fserv.fs_ctrl); \
    connection seL4GlobalAsynch notify_ready_vm##num(from vm##num.notification_ready_connector, \
                                                     to vm##num.notification_ready);

// A time server, for more than one VM without VM_VIRTUAL_SERIAL_COMPOSITION_DEF, which has one: the board's timer, which
// wakes idle guests, has one owner.
#define VM_TIME_SERVER_COMPOSITION_DEF(vm_ids...) \
    component TimeServer time_server; \
    FOR_EACH(PER_VM_TIME_SERVER_CONNECTIONS_DEF, vm_ids)

#define PER_VM_TIME_SERVER_CONNECTIONS_DEF(num) \
    connection seL4TimeServer timer_vm##num(from vm##num.timer, to time_server.the_timer);

#define VM_TIME_SERVER_CONFIGURATION_DEF() \
    time_server.timers_per_client = 1; \
    time_server.priority = 255; \
    time_server.simple = true;

// Bytes of each VM's heap. A kernel that is compressed with zstd needs about three times zstd's window more.
#ifndef VM_HEAP_SIZE
#define VM_HEAP_SIZE 0x80000
#endif

// In the configuration: the same.
#define VM_GENERAL_CONFIGURATION_DEF() fserv.heap_size = 0x30000;

#define VM_CONFIGURATION_DEF(num) \
    vm##num.base_prio = 100; \
    vm##num._priority = 101; \
    vm##num.heap_size = VM_HEAP_SIZE; \
    vm##num.fs_shmem_size = 0x1000; \
    vm##num.global_endpoint_base = 1 << 27; \
    vm##num.simple = true; \
    vm##num.asid_pool = true; \
    vm##num.sem_value = 0;

// In the configuration, for a VM that runs in a scheduling domain of its own.
#define VM_DOMAIN_CONFIGURATION_DEF(num, domain) \
    vm##num._domain = domain; \
    vm##num.tcb_pool = 2; \
    vm##num.tcb_pool_domains = [domain, domain];

// Virtual consoles, for the VMs with the given numbers: VM_VIRTUAL_SERIAL_COMPOSITION_DEF(0, 1, 2).
#define VM_VIRTUAL_SERIAL_COMPOSITION_DEF(vm_ids...) \
    VM_VIRTUAL_SERIAL_COMPONENTS_DEF() \
    FOR_EACH(PER_VM_VIRTUAL_SERIAL_CONNECTIONS_DEF, vm_ids)

#define VM_VIRTUAL_SERIAL_COMPONENTS_DEF() \
    component SerialServer serial; \
    component TimeServer time_server; \
    connection seL4TimeServer serialserver_timer(from serial.timeout, to time_server.the_timer);

#define PER_VM_VIRTUAL_SERIAL_CONNECTIONS_DEF(num) \
    PER_VM_TIME_SERVER_CONNECTIONS_DEF(num) \
    connection seL4SerialServer serial_vm##num(from vm##num.batch, to serial.processed_batch); \
    connection seL4SerialServer serial_input_vm##num(from vm##num.serial_getchar, to serial.getchar);

#define VM_VIRTUAL_SERIAL_CONFIGURATION_DEF(vm_ids...) \
    VM_VIRTUAL_SERIAL_GENERAL_CONFIGURATION_DEF() \
    FOR_EACH(PER_VM_VIRTUAL_SERIAL_CONFIGURATION_DEF, vm_ids)

#define VM_VIRTUAL_SERIAL_GENERAL_CONFIGURATION_DEF() VM_TIME_SERVER_CONFIGURATION_DEF()

#define PER_VM_VIRTUAL_SERIAL_CONFIGURATION_DEF(num) \
    vm##num.serial_getchar_shmem_size = 0x1000; \
    vm##num.batch_shmem_size = 0x1000;
