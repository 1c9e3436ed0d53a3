# expect: AddToFileServer: unknown argument 'INSTANC'; did you mean INSTANCE?
AddToFileServer("linux" hello.camkes INSTANC fserv)
