# expect: ; did you mean hello.camkes?
DeclareCAmkESRootserver(helo.camkes)
