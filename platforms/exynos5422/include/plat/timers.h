#pragma once
#define HARDWARE_TIMER_NODE "/soc/pwm@12dd0000"
#define HARDWARE_TIMER_NAME pwm
#include <hardware-timer-node.h>
