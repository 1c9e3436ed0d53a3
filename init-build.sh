#!/bin/sh
# Configures a build in the current folder:
#   mkdir build && cd build && ../init-build.sh -DCAMKES_VM_APP=rpc_tour && ninja && ./simulate
# Arguments are CMake's; easy-settings.cmake and docs/cmake.md list the settings.
set -eu
source_dir=$(cd "$(dirname "$(realpath "$0")")" && pwd)
if [ -e CMakeLists.txt ]; then
    echo "$(basename "$0"): there is a CMakeLists.txt here: make a new, empty folder for the build and" \
        "start it from there" >&2
    exit 1
fi
for tool in cmake ninja cargo; do
    if ! command -v "$tool" >/dev/null; then
        echo "$(basename "$0"): $tool is missing: \`cargo xtask setup\` installs what is needed" >&2
        exit 1
    fi
done
exec cmake -G Ninja "$@" "$source_dir"
