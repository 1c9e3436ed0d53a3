# expect: the C library 'crosvm' can't be linked; did you mean crossvm?
DeclareCAmkESARMVM(VM EXTRA_LIBS crosvm)
