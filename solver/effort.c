#include "effort.h"

#include <stddef.h>

const char *const strata_effort_names[] = {"fast", "standard", "thorough", NULL};

static const struct effort efforts[] = {
    {1, {32, 0, 2}, 3, 3, 0}, {2, {200, 150, 10}, 4, 1, 4}, {20, {600, 150, 10}, 4, 6, 60}};

/* Excursions bring less and cost more where there are more points than so many. */
enum { FEW_POINTS = 200 };

/* Beyond so many points half as many searches, and one descent less, find what there is. */
enum { MANY_POINTS = 600 };

struct effort effort_of(int level, int n)
{
    struct effort effort = efforts[level];
    if (n > FEW_POINTS)
        effort.excursions = effort.excursions * FEW_POINTS / n;
    if (n > MANY_POINTS) {
        effort.searches = (effort.searches + 1) / 2;
        effort.descents -= effort.descents > 1;
    }
    return effort;
}
