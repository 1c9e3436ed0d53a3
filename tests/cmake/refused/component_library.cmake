# expect: DeclareCAmkESComponent(Hello): the C library 'lwip' can't be linked
DeclareCAmkESComponent(Hello LIBS lwip)
