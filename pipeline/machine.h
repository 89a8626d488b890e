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

#endif
