# expect: AddToFileServer(linux): fserv would have two files of that name
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/other "x")
AddToFileServer("linux" hello.camkes)
AddToFileServer("linux" ${CMAKE_CURRENT_BINARY_DIR}/other)
