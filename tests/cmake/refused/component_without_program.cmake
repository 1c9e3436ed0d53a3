# expect: The component type Hello has no program
DeclareCAmkESRootserver(hello.camkes)
