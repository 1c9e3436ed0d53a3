# expect: Hello was declared before
DeclareCAmkESARMVM(VM CRATE Hello)
file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/other)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/other/Cargo.toml "[package]\nname = \"other\"\n")
DeclareCAmkESARMVM(VM CRATE ${CMAKE_CURRENT_BINARY_DIR}/other)
