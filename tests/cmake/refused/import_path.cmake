# expect: CAmkESAddImportPath: there is no folder
CAmkESAddImportPath(nowhere)
