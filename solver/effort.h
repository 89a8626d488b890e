/* What an effort does. It begins with all that the lesser ones do, so that more is never worse. */
#ifndef STRATA_EFFORT_H
#define STRATA_EFFORT_H

#include "starts.h"

struct effort {
    int searches; /* each from nothing: one alone gets stuck; see effort_searches */
    struct search search;
    int lifts;      /* best of a search that are taken to all points */
    int descents;   /* of what was proposed, how many are taken down to a local optimum */
    int excursions; /* so many in a row that fail end it; see effort_excursions */
};

/* By STRATA_FAST … STRATA_THOROUGH. */
extern const struct effort efforts[];

/* How many of a pair of n points. */
int effort_searches(const struct effort *effort, int n);
int effort_excursions(const struct effort *effort, int n);

/* So many searches in a row that bring nothing better are enough. */
enum { SEARCH_PATIENCE = 5 };

#endif
