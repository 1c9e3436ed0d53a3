#pragma once

// For components that bind drivers to devices in the device tree. `default_paths` is a list of the devices' paths.
#define fdt_bind_drivers_interfaces(default_paths) \
    emits Dummy fdt_bind_drivers_1; \
    consumes Dummy fdt_bind_drivers_2; \
    attribute string fdt_bind_driver_paths[] = default_paths

#define fdt_bind_driver_connections() \
    connection seL4InitHardware bind_driver_conn(from fdt_bind_drivers_1, to fdt_bind_drivers_2)

#define fdt_bind_driver_configuration_override(instance, paths) \
    instance.fdt_bind_driver_paths = paths
