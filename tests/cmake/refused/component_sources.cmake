# expect: DeclareCAmkESComponent(Hello): SOURCES src/hello.c: components are Rust crates here
DeclareCAmkESComponent(Hello SOURCES src/hello.c)
