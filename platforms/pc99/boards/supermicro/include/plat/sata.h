#pragma once
#define HARDWARE_SATA_PADDR 0xaa180000
#include <hardware-sata-ahci.h>
