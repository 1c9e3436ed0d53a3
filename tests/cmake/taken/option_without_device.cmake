# settings: -DVmPCISupport=ON
# expect: VmPCISupport: .camkes files see it, but the VM component doesn't have such a device yet
DeclareCAmkESComponent(Hello CRATE Hello)
DeclareCAmkESRootserver(hello.camkes)
