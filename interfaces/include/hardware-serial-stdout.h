#pragma once

// For <plat/serial.h>: the serial device is the one that the device tree's /chosen calls stdout-path.
#define HARDWARE_SERIAL_INTERFACES \
    emits Dummy dummy_source; \
    consumes Dummy serial_dev;
#define HARDWARE_SERIAL_ATTRIBUTES
#define HARDWARE_SERIAL_COMPOSITION \
    connection seL4DTBHardware serial_conn(from dummy_source, to serial_dev);
#define HARDWARE_SERIAL_CONFIG \
    serial_dev.dtb = dtb({"chosen": "stdout-path"}); \
    serial_dev.generate_interrupts = 1;
