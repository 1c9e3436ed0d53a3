#pragma once

// Macros for x86 VMs with a disk from the Sataserver.

// In the body of a VM component.
#define VM_INIT_SATA() \
    uses SataserverInterface sataserver_iface; \
    has mutex virtio_blk_mutex;

// In the composition: the server, and the connection of each VM.
#define SATA_COMPOSITION_DEF() \
    component Sataserver sataserver; \
    connection seL4RPCCall sata_serial(from sataserver.putchar, to serial.processed_putchar);

#define VM_SATA_CONNECTIONS(num) \
    connection seL4Sataserver sataservercon##num(from vm##num.sataserver_iface, to sataserver.client);

// In the configuration.
#define VM_SATA_CONFIG() \
    sataserver.simple = true; \
    sataserver.cnode_size_bits = 16; \
    sataserver.simple_untyped23_pool = 2; \
    sataserver.heap_size = 0x30000; \
    sataserver.dma_pool = 0x20000; \
    sataserver.putchar_attributes = 0;
