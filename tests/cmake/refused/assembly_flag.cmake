# expect: CPP_FLAGS '-O2' (expected -D<macro>[=<value>] or -I<folder>)
DeclareCAmkESRootserver(hello.camkes CPP_FLAGS -O2)
