#pragma once
#include <stringize.h>

// For <plat/timers.h>: one timer in the device tree. HARDWARE_TIMER_NODE is its path, and HARDWARE_TIMER_NAME the
// name of the TimeServer's interface to it.
#define HARDWARE_TIMER_INTERFACES \
    emits Dummy dummy_source; \
    consumes Dummy HARDWARE_TIMER_NAME;
#define HARDWARE_TIMER_ATTRIBUTES
#define HARDWARE_TIMER_COMPOSITION \
    connection seL4DTBHardware CAT(HARDWARE_TIMER_NAME, _conn)(from dummy_source, to HARDWARE_TIMER_NAME);
#define HARDWARE_TIMER_CONFIG \
    HARDWARE_TIMER_NAME.dtb = dtb({"path": HARDWARE_TIMER_NODE}); \
    HARDWARE_TIMER_NAME.generate_interrupts = 1;
#define HARDWARE_TIMER_PLAT_INTERFACES
