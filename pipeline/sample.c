#include "sample.h"
#include "random.h"

void sample_rows(uint64_t seed, uint64_t replicate, int64_t population, int count, int64_t *rows)
{
    uint64_t state = seed;
    state = random_next(&state) ^ replicate;
    int taken = 0;
    for (int64_t row = 0; taken < count; row++) {
        double uniform = random_unit(&state);
        if ((double)(population - row) * uniform < (double)(count - taken))
            rows[taken++] = row;
    }
}

void sample_apart(uint64_t seed, uint64_t replicate, int64_t population, const int64_t *rows,
                  int count, int64_t *apart)
{
    sample_rows(seed, ~replicate, population - count, count, apart);
    for (int k = 0, passed = 0; k < count; k++) { /* from numbers among the rest to rows */
        while (passed < count && rows[passed] <= apart[k] + passed)
            passed++;
        apart[k] += passed;
    }
}
