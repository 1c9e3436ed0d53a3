# expect: DefineCAmkESVMFileServer: 'a:b:c': expected <path> or <name>:<path>
DefineCAmkESVMFileServer(FILES a:b:c)
