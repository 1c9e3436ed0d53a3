#pragma once

// The 8254 timer, channel 0.
#define HARDWARE_TIMER_COMPONENT \
    component PIT { \
        hardware; \
        provides IOPort command; \
        attribute string command_attributes = "0x43:0x43"; \
        provides IOPort channel0; \
        attribute string channel0_attributes = "0x40:0x40"; \
        emits PITIRQ irq; \
        attribute string irq_irq_type = "isa"; \
        attribute int irq_irq_ioapic = 0; \
        attribute int irq_irq_ioapic_pin = 2; \
        attribute int irq_irq_vector = 2; \
    }
#define HARDWARE_TIMER_INTERFACES \
    uses IOPort pit_command; \
    uses IOPort pit_channel0; \
    consumes PITIRQ irq;
#define HARDWARE_TIMER_ATTRIBUTES attribute int pit_vector;
#define HARDWARE_TIMER_COMPOSITION \
    component PIT pit; \
    connection seL4HardwareIOPort pit_command(from pit_command, to pit.command); \
    connection seL4HardwareIOPort pit_channel0(from pit_channel0, to pit.channel0); \
    connection seL4HardwareInterrupt pit_irq(from pit.irq, to irq);
#define HARDWARE_TIMER_CONFIG \
    pit.command_attributes <- command_attributes; \
    pit.channel0_attributes <- channel0_attributes; \
    pit.irq_irq_type <- irq_irq_type; \
    pit.irq_irq_ioapic <- irq_irq_ioapic; \
    pit.irq_irq_ioapic_pin <- irq_irq_ioapic_pin; \
    pit.irq_irq_vector <- irq_irq_vector;

// The processor's time stamp counter, in Hz.
#define HARDWARE_TIMER_PLAT_INTERFACES uint64_t tsc_frequency();
