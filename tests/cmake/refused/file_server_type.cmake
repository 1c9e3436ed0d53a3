# expect: TYPE is 'FileServr'; did you mean FileServer?
DefineCAmkESVMFileServer(TYPE FileServr)
