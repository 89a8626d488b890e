/* Pseudo-random numbers that are the same on every machine, rank and run.
 * splitmix64: Steele, Lea, Flood, OOPSLA 2014, doi:10.1145/2660193.2660195. */
#ifndef STRATA_RANDOM_H
#define STRATA_RANDOM_H

#include <stdint.h>

/* The next of a sequence of 64-bit numbers; any *state starts one. */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* In [0, 1). */
static inline double random_unit(uint64_t *state)
{
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

/* In (-1, 1). */
static inline double random_signed(uint64_t *state)
{
    return 2 * random_unit(state) - 1;
}

/* One of 0 … bound - 1, bound >= 1. */
static inline int random_below(uint64_t *state, int bound)
{
    return (int)(((random_next(state) >> 32) * (uint64_t)bound) >> 32);
}

/* One of least … most. */
static inline int random_between(uint64_t *state, int least, int most)
{
    return least + random_below(state, most - least + 1);
}

/* Exchanges the values of `count` random pairs of places. */
static inline void random_exchange(uint64_t *state, int *values, int n, int count)
{
    for (int k = 0; k < count; k++) {
        const int i = random_below(state, n);
        const int j = random_below(state, n);
        const int value = values[i];
        values[i] = values[j];
        values[j] = value;
    }
}

#endif
