#pragma once
#define HARDWARE_SATA_PADDR 0xfebd6000
#include <hardware-sata-ahci.h>
