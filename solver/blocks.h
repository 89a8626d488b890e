/* The arrays of a workspace as one list: what is allocated, freed and counted are the same. */
#ifndef STRATA_BLOCKS_H
#define STRATA_BLOCKS_H

#include <stddef.h>

enum { BLOCKS_MAX = 32 }; /* of a list */

struct block {
    void **at; /* where its address goes */
    size_t bytes;
};

/* Allocates all, uninitialised and aligned for vector instructions; returns whether all could be.
 * Those that could not are NULL, and blocks_free still frees the others. */
int blocks_allocate(const struct block *blocks, int count);
void blocks_free(const struct block *blocks, int count);
size_t blocks_size(const struct block *blocks, int count);

#endif
