#pragma once
#include <stringize.h>
#include <camkes-fdt-bind-driver.h>

// For <plat/eth_devices.h>: one network interface in the device tree, HARDWARE_ETHERNET_NODE is its path.
#define HARDWARE_ETHERNET_EXTRA_IMPORTS
#define HARDWARE_ETHERNET_COMPONENT
#define HARDWARE_ETHERNET_INTERFACES \
    emits Dummy dummy_source; \
    consumes Dummy EthDriver; \
    fdt_bind_drivers_interfaces([HARDWARE_ETHERNET_NODE]);
#define HARDWARE_ETHERNET_COMPOSITION \
    connection seL4DTBHardwareThreadless CAT(HARDWARE_ETHERNET_NAME, _conn)(from dummy_source, to EthDriver); \
    fdt_bind_driver_connections();
#define HARDWARE_ETHERNET_CONFIG \
    EthDriver.dtb = dtb({"path": HARDWARE_ETHERNET_NODE}); \
    EthDriver.generate_interrupts = 1;
