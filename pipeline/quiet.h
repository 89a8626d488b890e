/* Waiting that costs next to nothing: MPI's own waits burn a core, which the ranks that still work
 * may need. */
#ifndef STRATA_QUIET_H
#define STRATA_QUIET_H

#include <mpi.h>

/* Sleeps between two looks, a little longer each of so many times, up to 2 ms. */
void quiet_pause(int times);

/* MPI_Wait; between looks calls tick(context), unless NULL. */
void quiet_wait(MPI_Request *request, int (*tick)(void *context), void *context);

#endif
