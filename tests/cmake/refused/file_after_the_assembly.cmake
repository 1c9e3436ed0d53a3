# expect: files have to be added before DeclareCAmkESRootserver
DeclareCAmkESRootserver(hello.camkes)
AddToFileServer("linux" hello.camkes)
