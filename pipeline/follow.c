#include "follow.h"
#include "activations.h"
#include "clock.h"
#include "stop.h"

#include <string.h>

enum { STOP, CHANGED, FLAGS };

static const double nap = 0.25;      /* seconds between looks at the signals of all ranks */
static const int naps_per_look = 12; /* at the files */

struct signatures follow_signatures(const struct settings *settings)
{
    return (struct signatures){{activations_signature(settings->input.activations),
                                activations_signature(settings->input.against)}};
}

bool follow_wait(const struct settings *settings, struct signatures *signatures, MPI_Comm comm)
{
    int rank = 0;
    int flags[FLAGS] = {0};
    MPI_Comm_rank(comm, &rank);
    for (int naps = 0; !flags[STOP] && !flags[CHANGED]; naps++) {
        if (!stop_signal())
            clock_sleep(nap);
        if (rank == 0 && naps % naps_per_look == naps_per_look - 1) {
            const struct signatures now = follow_signatures(settings);
            flags[CHANGED] = memcmp(&now, signatures, sizeof now) != 0;
            *signatures = now;
        }
        flags[STOP] = stop_signal() != 0;
        MPI_Allreduce(MPI_IN_PLACE, flags, FLAGS, MPI_INT, MPI_MAX, comm);
    }
    return !flags[STOP];
}
