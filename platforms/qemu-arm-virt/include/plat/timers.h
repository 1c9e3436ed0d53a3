#pragma once

// The EL1 physical timer: private interrupt 14 of the processor, so 30 to the interrupt controller. It's driven
// through system registers, so there is no memory to map.
#define HARDWARE_TIMER_COMPONENT \
    component HWTimer { \
        hardware; \
        emits TimerIRQ irq; \
    }
#define HARDWARE_TIMER_INTERFACES consumes TimerIRQ hwtimer_irq;
#define HARDWARE_TIMER_ATTRIBUTES
#define HARDWARE_TIMER_COMPOSITION \
    component HWTimer hwtimer; \
    connection seL4HardwareInterrupt hwtimer_irq(from hwtimer.irq, to hwtimer_irq);
#define HARDWARE_TIMER_CONFIG \
    hwtimer.irq_irq_type = "arm"; \
    hwtimer.irq_irq_number = 30;
#define HARDWARE_TIMER_PLAT_INTERFACES
