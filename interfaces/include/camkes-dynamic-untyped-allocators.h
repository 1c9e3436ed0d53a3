#pragma once
#include <stringize.h>

import <dynamic-untyped-allocators.camkes>;

#define dynamic_untyped_allocators_interfaces(name) \
    emits Init name##_init1; \
    consumes Init name##_init2;

#define dynamic_untyped_allocators_connections(name) \
    connection DynamicUntypedAllocatorEnvironment name##_init(from name##_init1, to name##_init2);

#define dynamic_untyped_allocators_configuration(name) \
    name##_init.connection_name = VAR_STRINGIZE(name);
