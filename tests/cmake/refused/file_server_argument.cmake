# expect: DefineCAmkESVMFileServer: unknown argument 'FILE'; did you mean FILES?
DefineCAmkESVMFileServer(FILE hello.camkes)
