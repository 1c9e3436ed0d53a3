# expect: DeclareCAmkESARMVM: unknown argument 'LIBRARIES'
DeclareCAmkESARMVM(VM LIBRARIES crossvm)
