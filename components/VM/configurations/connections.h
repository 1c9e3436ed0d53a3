#pragma once
#include <stringize.h>
#include <for-each.h>

// Macros for x86 VMs on a virtual switch: a pair of virtqueues between each two VMs that talk to each other.
//
// The application describes who talks to whom with macros of its own, one for each VM and one for all. They call `f`
// with the number of the VM, and then those of its peers:
//
//   #define VM0_topology_def(f) f(0, 1, 2)
//   #define VM1_topology_def(f) f(1, 0)
//   #define VM2_topology_def(f) f(2, 0)
//   #define topology_def(f) VM0_topology_def(f) VM1_topology_def(f) VM2_topology_def(f)
//
// and the VMs' Ethernet addresses: #define VM0_MACADDRESS "02:00:00:00:AA:01".
//
// VM a has the interfaces ether_b_send and ether_b_recv for its peer b.

// In the body of a VM component.
#define VM_CONNECTION_COMPONENT_DEF(vm_id, topology) VM##vm_id##_##topology(_VM_QUEUES)

#define _VM_QUEUES(own, peers...) FOR_EACH(_VM_QUEUE_PAIR, peers)
#define _VM_QUEUE_PAIR(peer) \
    uses VirtQueueDrv ether_##peer##_send; \
    uses VirtQueueDev ether_##peer##_recv;

// In the composition. `to_end` is the interface of a VirtQueueInit: init.init.
#define VM_CONNECTION_CONNECT_VMS(to_end, topology) \
    connection seL4VirtQueues topology##_conn(to to_end, topology(_VM_QUEUE_ENDS));

#define _VM_QUEUE_ENDS(own, peers...) FOR_EACH_WITH(_VM_QUEUE_END_PAIR, own, peers)
#define _VM_QUEUE_END_PAIR(own, peer) from vm##own.ether_##peer##_send, from vm##own.ether_##peer##_recv,

// In the configuration.
#define VM_CONNECTION_CONFIG(to_end, topology) \
    topology(_VM_QUEUE_SETTINGS) \
    to_end##_topology = [topology(_VM_QUEUE_DIRECTIONS)];

#define _VM_QUEUE_SETTINGS(own, peers...) \
    FOR_EACH_COUNTED(_VM_QUEUE_PAIR_SETTINGS, own, peers) \
    vm##own.vswitch_mac_address = VM##own##_MACADDRESS; \
    vm##own.vswitch_layout = [FOR_EACH_COUNTED(_VM_SWITCH_PORT, own, peers)];

// The attributes name the queue by its two VMs, sender first.
#define _VM_QUEUE_PAIR_SETTINGS(own, peer, n) \
    vm##own.ether_##peer##_send_id = n * 2; \
    vm##own.ether_##peer##_send_attributes = VAR_STRINGIZE(own##peer); \
    vm##own.ether_##peer##_send_shmem_size = 32768; \
    vm##own.ether_##peer##_recv_id = n * 2 + 1; \
    vm##own.ether_##peer##_recv_attributes = VAR_STRINGIZE(peer##own); \
    vm##own.ether_##peer##_recv_shmem_size = 32768;

#define _VM_SWITCH_PORT(own, peer, n) \
    {"mac_addr": VM##peer##_MACADDRESS, "send_id": n * 2, "recv_id": n * 2 + 1},

#define _VM_QUEUE_DIRECTIONS(own, peers...) FOR_EACH_WITH(_VM_QUEUE_DIRECTION, own, peers)
#define _VM_QUEUE_DIRECTION(own, peer) \
    {"drv": VAR_STRINGIZE(vm##own.ether_##peer##_send), "dev": VAR_STRINGIZE(vm##peer.ether_##own##_recv)},

// In the VM's init_cons list: its network device, and the events of its queues.
#define VM_CONNECTION_INIT_HANDLER(vm_id, topology) \
    VM##vm_id##_##topology(_VM_QUEUE_HANDLERS) \
    {"init": "make_virtio_net_vswitch"}

#define _VM_QUEUE_HANDLERS(own, peers...) FOR_EACH(_VM_QUEUE_PAIR_HANDLERS, peers)
#define _VM_QUEUE_PAIR_HANDLERS(peer) _VM_QUEUE_HANDLER(ether_##peer##_send) _VM_QUEUE_HANDLER(ether_##peer##_recv)
#define _VM_QUEUE_HANDLER(interface) \
    {"init": "make_virtio_net_vswitch_driver_dummy", \
     "badge": VAR_STRINGIZE(interface##_notification_badge()), \
     "irq": "virtio_net_notify_vswitch"},
