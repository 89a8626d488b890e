#include "quiet.h"
#include "clock.h"

#include <stddef.h>

void quiet_pause(int times)
{
    const double longest = 2e-3;
    double seconds = times < 10 ? 1e-5 * (double)(1 << times) : longest;
    clock_sleep(seconds < longest ? seconds : longest);
}

void quiet_wait(MPI_Request *request, int (*tick)(void *context), void *context)
{
    int done = 0;
    MPI_Test(request, &done, MPI_STATUS_IGNORE);
    for (int times = 0; !done; times++) {
        if (tick != NULL)
            tick(context);
        quiet_pause(times);
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
    }
}
