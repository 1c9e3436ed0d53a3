#pragma once

// A 16550 UART. SERIAL_COM chooses the port, 1 (the default) to 4.
#if !defined(SERIAL_COM) || SERIAL_COM == 1
#define HARDWARE_SERIAL_PORTS "0x3f8:0x3ff"
#define HARDWARE_SERIAL_IRQ 4
#elif SERIAL_COM == 2
#define HARDWARE_SERIAL_PORTS "0x2f8:0x2ff"
#define HARDWARE_SERIAL_IRQ 3
#elif SERIAL_COM == 3
#define HARDWARE_SERIAL_PORTS "0x3e8:0x3ef"
#define HARDWARE_SERIAL_IRQ 4
#elif SERIAL_COM == 4
#define HARDWARE_SERIAL_PORTS "0x2e8:0x2ef"
#define HARDWARE_SERIAL_IRQ 3
#else
#error "SERIAL_COM: expected 1, 2, 3 or 4"
#endif

#define HARDWARE_SERIAL_COMPONENT \
    component Serial { \
        hardware; \
        provides IOPort serial; \
        attribute string serial_attributes = HARDWARE_SERIAL_PORTS; \
        emits Irq4 serial_irq; \
        attribute string serial_irq_irq_type = "isa"; \
        attribute int serial_irq_irq_ioapic = 0; \
        attribute int serial_irq_irq_ioapic_pin = HARDWARE_SERIAL_IRQ; \
        attribute int serial_irq_irq_vector = HARDWARE_SERIAL_IRQ; \
    }
#define HARDWARE_SERIAL_INTERFACES \
    uses IOPort serial_port; \
    consumes Irq4 serial_irq;
#define HARDWARE_SERIAL_ATTRIBUTES
#define HARDWARE_SERIAL_COMPOSITION \
    component Serial hw_serial; \
    connection seL4HardwareIOPort serial_ioport(from serial_port, to hw_serial.serial); \
    connection seL4HardwareInterrupt serial_irq(from hw_serial.serial_irq, to serial_irq);
#define HARDWARE_SERIAL_CONFIG \
    hw_serial.serial_attributes <- serial_attributes; \
    hw_serial.serial_irq_irq_type <- serial_irq_irq_type; \
    hw_serial.serial_irq_irq_ioapic <- serial_irq_irq_ioapic; \
    hw_serial.serial_irq_irq_ioapic_pin <- serial_irq_irq_ioapic_pin; \
    hw_serial.serial_irq_irq_vector <- serial_irq_irq_vector;
