#include "sample.h"

/* SplitMix64 (doi:10.1145/2714064.2660195): small, and defined the same everywhere. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

void sample_rows(uint64_t seed, uint64_t replicate, int64_t population, int count, int64_t *rows)
{
    uint64_t state = seed;
    state = next(&state) ^ replicate;
    int taken = 0;
    for (int64_t row = 0; taken < count; row++) {
        double uniform = (double)(next(&state) >> 11) * 0x1p-53;
        if ((double)(population - row) * uniform < (double)(count - taken))
            rows[taken++] = row;
    }
}
