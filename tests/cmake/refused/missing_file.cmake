# expect: AddToFileServer(linux): there is no file
AddToFileServer("linux" no/such/file)
