/* Which inputs a replicate uses. */
#ifndef STRATA_SAMPLE_H
#define STRATA_SAMPLE_H

#include <stdint.h>

/* rows[count], increasing: a uniform draw without replacement from [0, population), the same on
 * every machine for the same seed and replicate. count <= population. O(population).
 * Selection sampling: Knuth, TAOCP vol. 2, 3.4.2, algorithm S. */
void sample_rows(uint64_t seed, uint64_t replicate, int64_t population, int count, int64_t *rows);

#endif
