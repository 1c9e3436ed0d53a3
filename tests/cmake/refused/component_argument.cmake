# expect: DeclareCAmkESComponent: unknown argument 'CRATES'; did you mean CRATE?
DeclareCAmkESComponent(Hello CRATES x)
