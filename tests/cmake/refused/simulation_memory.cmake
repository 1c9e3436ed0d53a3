# expect: the kernel is built for its amount of memory
SetSimulationScriptProperty(MEM_SIZE 1G)
