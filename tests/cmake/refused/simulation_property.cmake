# expect: unknown property 'MEMSIZE'; did you mean MEM_SIZE?
SetSimulationScriptProperty(MEMSIZE 1G)
