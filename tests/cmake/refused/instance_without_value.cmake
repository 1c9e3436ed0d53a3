# expect: AddToFileServer: INSTANCE has no value
AddToFileServer("linux" hello.camkes INSTANCE)
