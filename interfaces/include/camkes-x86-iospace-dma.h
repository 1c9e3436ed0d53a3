#pragma once
#include <stringize.h>

import <x86-iospace-dma.camkes>;

// `default_iospaces` is "domain:bus:device:function", several between commas.
#define x86_iospace_dma_interfaces(name, default_iospaces) \
    emits Init name##_init1; \
    consumes Init name##_init2; \
    attribute string iospaces = default_iospaces;

#define x86_iospace_dma_connections(name) \
    connection x86IOSpaceDMA name##_init(from name##_init1, to name##_init2);

#define x86_iospace_dma_configuration(name) \
    name##_init.connection_name = VAR_STRINGIZE(name);
