#pragma once

// No AHCI: the Sataserver reaches its disk by I/O ports. A board with AHCI has a header of its own, see ../../boards.
