/* A run played through on paper: how long it takes on any number of ranks, from what its parts
 * cost. Pairs go out in the order and by the rule of the real dispatch (queue.h). */
#ifndef STRATA_SCHEDULE_H
#define STRATA_SCHEDULE_H

#include "plan.h"

enum { SCHEDULE_MOST_RANKS = 4096 };

/* Seconds that the parts take. */
struct schedule_costs {
    double read;                                              /* a frame, by a node */
    double build;                                             /* an mm-space, by a rank */
    double (*pair)(void *context, struct pair of, int ranks); /* a solve, by a rank or a gang */
    void *context;                                            /* borrowed */
};

struct schedule {
    int ranks, nodes;
    double read;  /* seconds until all is read */
    double solve; /* and until all is solved */
};

/* Not collective. Nodes have ranks_per_node ranks, the last one perhaps fewer. Each node reads the
 * frames of a window, builds the spaces that it needs, and waits for the others at the end of the
 * window. Gangs form as in a run (gang_plan.h), of ranks >= plan->gang.size. Messages cost nothing.
 * O(pairs log ranks) time; memory for a time for each space of a window on each node. EXIT_SYSTEM
 * if that is short. */
int schedule_play(const struct plan *plan, const struct schedule_costs *costs, int ranks,
                  int ranks_per_node, struct schedule *schedule, struct fault *fault);

static inline double schedule_seconds(const struct schedule *schedule)
{
    return schedule->read + schedule->solve;
}

#endif
