DeclareCAmkESARMVM(VM LIBS crossvm)
DeclareCAmkESARMVM(VM EXTRA_LIBS crossvm virtqueue)
DeclareCAmkESComponent(Hello CRATE Hello LIBS sel4_autoconf)
DeclareCAmkESRootserver(hello.camkes)
