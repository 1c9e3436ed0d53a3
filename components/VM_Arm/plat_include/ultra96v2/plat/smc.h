#pragma once

// The board has the same firmware.
#include "../../zynqmp/plat/smc.h"
