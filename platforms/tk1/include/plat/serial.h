#pragma once
#include <hardware-serial-stdout.h>
