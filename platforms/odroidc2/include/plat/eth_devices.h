#pragma once
#define HARDWARE_ETHERNET_NODE "/soc/ethernet@c9410000"
#define HARDWARE_ETHERNET_NAME ethernet
#include <hardware-ethernet-node.h>
