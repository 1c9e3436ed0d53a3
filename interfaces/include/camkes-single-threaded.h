#pragma once

// What a component that handles all its interfaces in one thread has. Every component does so here; the macro is for
// components written for CAmkES, and for settings of these attributes.
#define single_threaded_component() \
    control; \
    maybe consumes Trace trace_start; \
    maybe consumes Trace trace_stop; \
    attribute int single_threaded = 1; \
    attribute int number_tracepoints = 10; \
    attribute int enable_tracing = 0;
