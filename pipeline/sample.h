/* Which inputs a replicate uses. */
#ifndef STRATA_SAMPLE_H
#define STRATA_SAMPLE_H

#include <stdint.h>

/* rows[count], increasing: a uniform draw without replacement from [0, population), the same on
 * every machine for the same seed and replicate. count <= population. O(population).
 * Selection sampling: Knuth, TAOCP vol. 2, 3.4.2, algorithm S. */
void sample_rows(uint64_t seed, uint64_t replicate, int64_t population, int count, int64_t *rows);

/* apart[count]: the same, from the rows that are not in rows[count], as drawn for that replicate.
 * 2 count <= population. */
void sample_apart(uint64_t seed, uint64_t replicate, int64_t population, const int64_t *rows,
                  int count, int64_t *apart);

#endif
