#pragma once

// VAR_STRINGIZE(text): the text as a string, after macros in it are replaced.
#define _VAR_STRINGIZE(...) #__VA_ARGS__
#define VAR_STRINGIZE(...) _VAR_STRINGIZE(__VA_ARGS__)

// CAT(a, b): one name out of two, after macros in them are replaced.
#define _CAT(x, y) x ## y
#define CAT(x, y) _CAT(x, y)
