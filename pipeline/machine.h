/* What this machine offers. */
#ifndef STRATA_MACHINE_H
#define STRATA_MACHINE_H

#include <stddef.h>

/* Bytes of this node's memory that a run may count on: the least of what the kernel says is
 * available, the control group's limit, and Slurm's allocation. */
size_t machine_memory(void);

#endif
