#pragma once
#define HARDWARE_ETHERNET_NODE "/amba/ethernet@ff0e0000"
#define HARDWARE_ETHERNET_NAME ethdriver
#include <hardware-ethernet-node.h>
