# expect: unknown argument 'CPP_FLAG'; did you mean CPP_FLAGS?
DeclareCAmkESRootserver(hello.camkes CPP_FLAG -DA)
