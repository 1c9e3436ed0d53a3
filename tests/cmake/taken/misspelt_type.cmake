# expect: DeclareCAmkESComponent(Helo): the assembly has no component type of that name; did you mean Hello?
DeclareCAmkESComponent(Hello CRATE Hello)
DeclareCAmkESComponent(Helo)
ExtendCAmkESComponentInstance(Hello helo)
DeclareCAmkESRootserver(hello.camkes)
