#include "blocks.h"

#include <stdlib.h>

enum { ALIGNMENT = 64 };

int blocks_allocate(const struct block *blocks, int count)
{
    int complete = 1;
    for (int k = 0; k < count; k++) {
        const size_t size = (blocks[k].bytes / ALIGNMENT + 1) * ALIGNMENT;
        *blocks[k].at = aligned_alloc(ALIGNMENT, size);
        complete = complete && *blocks[k].at != NULL;
    }
    return complete;
}

void blocks_free(const struct block *blocks, int count)
{
    for (int k = 0; k < count; k++)
        free(*blocks[k].at);
}

size_t blocks_size(const struct block *blocks, int count)
{
    size_t bytes = 0;
    for (int k = 0; k < count; k++)
        bytes += blocks[k].bytes;
    return bytes;
}
