#define _GNU_SOURCE /* madvise */
#include "blocks.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64 };

/* Matrices are read row by row in any order, which misses the table of pages at each row: of huge
 * pages a few hold them. Asked for from so many of them on, as one may be left half empty. */
enum { HUGE_PAGE = 1 << 21, HUGE_PAGES = 2 };

static void *allocate(size_t bytes)
{
    const int huge = bytes >= (size_t)HUGE_PAGES * HUGE_PAGE;
    const size_t alignment = huge ? HUGE_PAGE : ALIGNMENT;
    const size_t size = (bytes / alignment + 1) * alignment;
    void *block = aligned_alloc(alignment, size);
#ifdef MADV_HUGEPAGE
    if (huge && block != NULL)
        (void)madvise(block, size, MADV_HUGEPAGE); /* it works without, too */
#endif
    return block;
}

int blocks_allocate(const struct block *blocks, int count)
{
    int complete = 1;
    for (int k = 0; k < count; k++) {
        *blocks[k].at = allocate(blocks[k].bytes);
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
