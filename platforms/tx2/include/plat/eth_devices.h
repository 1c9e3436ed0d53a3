#pragma once
#include <hardware-ethernet-none.h>
