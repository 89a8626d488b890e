/* What an effort does. It begins with all that the lesser ones do, so that more is never worse. */
#ifndef STRATA_EFFORT_H
#define STRATA_EFFORT_H

#include "starts.h"

struct effort {
    int searches; /* each from nothing: one alone gets stuck */
    struct search search;
    int lifts;      /* best of a search that are taken to all points */
    int descents;   /* of what was proposed, how many are taken down to a local optimum */
    int excursions; /* so many in a row that fail end it */
};

/* What a level, STRATA_FAST … STRATA_THOROUGH, adds to those below it for a pair of n points. */
struct effort effort_of(int level, int n);

/* So many searches in a row that bring nothing better are enough. */
enum { SEARCH_PATIENCE = 5 };

#endif
