/* One status for all ranks. */
#ifndef STRATA_STATUS_AGREE_H
#define STRATA_STATUS_AGREE_H

#include <mpi.h>

/* The worst status of all ranks: the same on all of them. Collective. That it is no better than
 * one's own goes without saying, but not for a static analyser. */
static inline int status_agree(MPI_Comm comm, int status)
{
    int own = status;
    int worst = status;
    MPI_Allreduce(&own, &worst, 1, MPI_INT, MPI_MIN, comm);
    return worst < status ? worst : status;
}

#endif
