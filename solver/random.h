/* Reproducible pseudo-random numbers: the same sequence on every machine, rank and run.
 * SplitMix64: Steele, Lea, Flood, doi:10.1145/2714064.2660195. */
#ifndef STRATA_SOLVER_RANDOM_H
#define STRATA_SOLVER_RANDOM_H

#include <stdint.h>

struct random_source {
    uint64_t state;
};

static inline uint64_t random_bits(struct random_source *source)
{
    uint64_t z = (source->state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

/* Uniform in [0, bound), bound >= 1. */
static inline int random_below(struct random_source *source, int bound)
{
    return (int)(((random_bits(source) >> 32) * (uint64_t)bound) >> 32);
}

/* Uniform in (-1, 1). */
static inline double random_signed(struct random_source *source)
{
    return (double)(random_bits(source) >> 11) * 0x1p-52 - 1.0;
}

#endif
