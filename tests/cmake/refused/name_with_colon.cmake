# expect: AddToFileServer: 'li:nux' can't be the name of a file
AddToFileServer("li:nux" hello.camkes)
