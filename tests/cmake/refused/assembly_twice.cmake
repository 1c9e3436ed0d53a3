# expect: was declared before
DeclareCAmkESRootserver(hello.camkes)
DeclareCAmkESRootserver(hello.camkes)
