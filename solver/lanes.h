/* Vectors of the kernels: GNU C vector types of one width, whatever the instruction set. */
#ifndef STRATA_LANES_H
#define STRATA_LANES_H

#include <stdint.h>
#include <string.h>

/* Clang before 18 gives such functions a name that other files do not find. */
#if defined(__clang__) && __clang_major__ < 18
#define DISPATCHED
#else
#define DISPATCHED __attribute__((target_clones("avx512f", "avx2", "default")))
#endif

/* GNU C vector types of 32 bytes: one register of AVX2, two of SSE. Compilers take comparisons of
 * wider ones apart, lane by lane, where the registers are not as wide; and AVX-512 gains little
 * from them in loops that are bound by memory. Lanes are reduced in a fixed order, so that results
 * do not depend on the instruction set. */
enum { LANES_DOUBLE = 4, LANES = 8, LANES_SHORT = 16 };
typedef double doubles __attribute__((vector_size(32)));
typedef int64_t longs __attribute__((vector_size(32)));
typedef float floats __attribute__((vector_size(32)));
typedef int32_t ints __attribute__((vector_size(32)));
typedef int16_t shorts __attribute__((vector_size(32)));
typedef uint16_t ushorts __attribute__((vector_size(32)));
typedef float half_floats __attribute__((vector_size(16)));
typedef int16_t half_shorts __attribute__((vector_size(16)));
typedef int8_t bytes __attribute__((vector_size(16)));

#define LOAD(type, pointer)                                                                        \
    ({                                                                                             \
        type loaded;                                                                               \
        memcpy(&loaded, (pointer), sizeof loaded);                                                 \
        loaded;                                                                                    \
    })

#define SELECT(type, bits, mask, yes, no) ((type)(((bits)(yes) & (mask)) | ((bits)(no) & ~(mask))))

/* Lane by lane; if unordered, y. gcc makes one instruction of the loop, but a sanitizer checks each
 * lane of it. */
#ifdef __SANITIZE_ADDRESS__
#define CHOOSE(type, x, is, y)                                                                     \
    ({                                                                                             \
        const type x_lanes = (x);                                                                  \
        const type y_lanes = (y);                                                                  \
        SELECT(type, __typeof__(x_lanes is y_lanes), x_lanes is y_lanes, x_lanes, y_lanes);        \
    })
#else
#define CHOOSE(type, x, is, y)                                                                     \
    ({                                                                                             \
        const type x_lanes = (x);                                                                  \
        const type y_lanes = (y);                                                                  \
        type chosen;                                                                               \
        for (int lane = 0; lane < (int)(sizeof chosen / sizeof chosen[0]); lane++)                 \
            chosen[lane] = x_lanes[lane] is y_lanes[lane] ? x_lanes[lane] : y_lanes[lane];         \
        chosen;                                                                                    \
    })
#endif
#define LESSER(type, x, y)  CHOOSE(type, x, <, y)
#define GREATER(type, x, y) CHOOSE(type, x, >, y)

#endif
