#include "effort.h"

#include <stddef.h>

const char *const strata_effort_names[] = {"fast", "standard", "thorough", NULL};

const struct effort efforts[] = {
    {1, {32, 0, 2}, 3, 2, 0}, {2, {200, 150, 10}, 4, 1, 4}, {20, {600, 150, 10}, 4, 6, 60}};

/* Excursions bring less and cost more where there are more points than so many. */
enum { FEW_POINTS = 200 };

/* Beyond so many points half as many searches find what there is. */
enum { MANY_POINTS = 600 };

int effort_searches(const struct effort *effort, int n)
{
    return n > MANY_POINTS ? (effort->searches + 1) / 2 : effort->searches;
}

int effort_excursions(const struct effort *effort, int n)
{
    return n > FEW_POINTS ? effort->excursions * FEW_POINTS / n : effort->excursions;
}
