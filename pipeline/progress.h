/* How far a run is: a bar on a terminal, a line now and then in a log. */
#ifndef STRATA_PROGRESS_H
#define STRATA_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
    FILE *stream;
    const char *what; /* "pairs" */
    int64_t total;
    int64_t known; /* of the done ones, how many cost no time; 0 at the begin */
    bool terminal;
    bool open;           /* the terminal's line is begun */
    double begin, shown; /* seconds, monotonic */
};

void progress_begin(struct progress *progress, FILE *stream, const char *what, int64_t total);
/* Shows the state if it is time to. */
void progress_update(struct progress *progress, int64_t done);
/* Shows the last state; PROGRESS_BROKEN: leaves what was shown last, for a message to follow. */
enum { PROGRESS_BROKEN = -1 };
void progress_end(struct progress *progress, int64_t done);

#endif
