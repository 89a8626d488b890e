/* What this machine offers. */
#ifndef STRATA_MACHINE_H
#define STRATA_MACHINE_H

#include <stddef.h>

/* Bytes of this node's memory that a run may count on: the least of what the kernel says is
 * available, the control group's limit, and Slurm's allocation. */
size_t machine_memory(void);

/* Bytes that the processes of this node can share: the room in /dev/shm, which containers often
 * limit to 64 MB. SIZE_MAX where that is not known. */
size_t machine_shared_memory(void);

/* Of this process: bytes of memory that it holds, and bytes that it has read from files. */
size_t machine_resident(void);
size_t machine_bytes_read(void);

/* Cores of this node, at least 1. */
int machine_cores(void);

#endif
