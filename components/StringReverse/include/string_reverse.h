#pragma once

// Bytes of each of StringReverse's dataports.
#define STRING_REVERSE_BUFSIZE 8192
