# expect: AddCamkesCPPFlag: unknown argument 'CONFIG_VAR'; did you mean CONFIG_VARS?
AddCamkesCPPFlag(flags CONFIG_VAR VmVUSB)
