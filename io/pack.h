/* Values packed into bytes, so that a struct with pointers can be broadcast.
 *
 * Works like a stream: a failure sticks in `failed`, and is looked at once, at the end. */
#ifndef STRATA_PACK_H
#define STRATA_PACK_H

#include "fault.h"

#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>

struct pack {
    unsigned char *bytes; /* owned */
    size_t size, capacity;
    size_t position; /* of the next read */
    bool failed;     /* memory was short, or more was read than written */
};

/* {0} is an empty pack. */
void pack_bytes(struct pack *pack, const void *bytes, size_t size);
void pack_text(struct pack *pack, const char *text);

void unpack_bytes(struct pack *pack, void *bytes, size_t size);
char *unpack_text(struct pack *pack);               /* owned by the caller; NULL on failure */
void *unpack_array(struct pack *pack, size_t size); /* `size` bytes in a new block; same rule */

/* Collective: gives rank 0's bytes to all. If any rank comes with a fault, or rank 0 with a failed
 * pack, nothing is sent and all return that fault. */
int pack_broadcast(struct pack *pack, MPI_Comm comm, struct fault *fault);

void pack_reset(struct pack *pack);

#endif
