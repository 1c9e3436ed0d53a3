// A terminal with all that it is connected by.
#define TERMINAL(name) \
    component Terminal name; \
    connection seL4SerialServer name##_putchar(from name.putchar, to serial.processed_putchar); \
    connection seL4SerialServer name##_batch(from name.batch, to serial.processed_batch); \
    connection seL4SerialServer name##_raw_call(from name.raw_call, to serial.raw_putchar); \
    connection seL4SerialServer name##_raw(from name.raw, to serial.raw_batch); \
    connection seL4SerialServer name##_input(from name.input, to serial.getchar);
