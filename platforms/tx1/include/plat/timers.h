#pragma once
#define HARDWARE_TIMER_NODE "/timer@60005000"
#define HARDWARE_TIMER_NAME nv_timer
#include <hardware-timer-node.h>
