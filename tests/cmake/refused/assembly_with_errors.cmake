# expect: bad.camkes has errors: they are listed above
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/bad.camkes "assembly { composition { component Hallo hello; } }")
DeclareCAmkESRootserver(bad.camkes)
