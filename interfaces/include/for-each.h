#pragma once

// Calls of a macro with each of a list of arguments, at most 64.
//
//   FOR_EACH(f, a, b)             f(a) f(b)
//   FOR_EACH_WITH(f, p, a, b)     f(p, a) f(p, b)
//   FOR_EACH_COUNTED(f, p, a, b)  f(p, a, (0)) f(p, b, (0+1))
//
// A macro may not call itself, so each step leaves the next one one scan short of being a call, and
// _FOR_EACH_SCAN scans often enough to finish.

#define FOR_EACH(f, ...) __VA_OPT__(_FOR_EACH_SCAN(_FOR_EACH_STEP(f, __VA_ARGS__)))
#define FOR_EACH_WITH(f, p, ...) __VA_OPT__(_FOR_EACH_SCAN(_FOR_EACH_WITH_STEP(f, p, __VA_ARGS__)))
#define FOR_EACH_COUNTED(f, p, ...) __VA_OPT__(_FOR_EACH_SCAN(_FOR_EACH_COUNTED_STEP(f, p, 0, __VA_ARGS__)))

#define _FOR_EACH_STEP(f, a, ...) f(a) __VA_OPT__(_FOR_EACH_NEXT _FOR_EACH_PARENS (f, __VA_ARGS__))
#define _FOR_EACH_NEXT() _FOR_EACH_STEP

#define _FOR_EACH_WITH_STEP(f, p, a, ...) \
    f(p, a) __VA_OPT__(_FOR_EACH_WITH_NEXT _FOR_EACH_PARENS (f, p, __VA_ARGS__))
#define _FOR_EACH_WITH_NEXT() _FOR_EACH_WITH_STEP

#define _FOR_EACH_COUNTED_STEP(f, p, n, a, ...) \
    f(p, a, (n)) __VA_OPT__(_FOR_EACH_COUNTED_NEXT _FOR_EACH_PARENS (f, p, n+1, __VA_ARGS__))
#define _FOR_EACH_COUNTED_NEXT() _FOR_EACH_COUNTED_STEP

#define _FOR_EACH_PARENS ()
#define _FOR_EACH_SCAN(...) _FOR_EACH_SCAN_3(_FOR_EACH_SCAN_3(_FOR_EACH_SCAN_3(_FOR_EACH_SCAN_3(__VA_ARGS__))))
#define _FOR_EACH_SCAN_3(...) _FOR_EACH_SCAN_2(_FOR_EACH_SCAN_2(_FOR_EACH_SCAN_2(_FOR_EACH_SCAN_2(__VA_ARGS__))))
#define _FOR_EACH_SCAN_2(...) _FOR_EACH_SCAN_1(_FOR_EACH_SCAN_1(_FOR_EACH_SCAN_1(_FOR_EACH_SCAN_1(__VA_ARGS__))))
#define _FOR_EACH_SCAN_1(...) __VA_ARGS__
