# expect: CAmkESAddCPPInclude: there is no folder
CAmkESAddCPPInclude(nowhere)
