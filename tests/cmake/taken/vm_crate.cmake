# A VM with modules of its own. It is found in components/VM as well.
DeclareCAmkESARMVM(VM CRATE Hello)
DeclareCAmkESComponent(Hello CRATE Hello)
DeclareCAmkESRootserver(hello.camkes)
