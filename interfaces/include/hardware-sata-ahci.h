#pragma once

// For <plat/sata.h>: an AHCI controller whose registers are at HARDWARE_SATA_PADDR.
#define SATADRIVER_AHCI_ENABLE
#define HARDWARE_SATA_PROVIDES_INTERFACES dataport Buf mmio;
#define HARDWARE_SATA_INTERFACES dataport Buf ahcidriver;
#define HARDWARE_SATA_COMPOSITION \
    component HWSata HWsata; \
    connection seL4HardwareMMIO satadrivermmio(from ahcidriver, to HWsata.mmio);
#define HARDWARE_SATA_CONFIG \
    HWsata.mmio_paddr = HARDWARE_SATA_PADDR; \
    HWsata.mmio_size = 0x1000;
