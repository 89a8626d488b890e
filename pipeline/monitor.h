/* What a run tells while it solves, on rank 0: the progress bar, progress.json for dashboards, and
 * a line about a rank that has been silent for much longer than pairs take.
 *
 * progress.json is replaced at most once a second and is complete at any moment:
 *     state         "solving"; then "complete", "partial", "stopped", "failed"; "waiting"
 * (--follow) done, total   pairs; known: how many of these were solved in earlier runs failures
 * pairs of this run without a value rate          pairs a second; seconds_left: at this rate, null
 * where that is not known started, updated   times, UTC ranks         of each: rank, done, state
 * ("solving" or "idle"), and of the pair that it works on layers, step, replicate, and for how many
 * seconds. With gangs: gangs, of each: gang, and so on. */
#ifndef STRATA_MONITOR_H
#define STRATA_MONITOR_H

#include "activations.h"
#include "dispatch.h"
#include "progress.h"

struct monitor {
    const struct plan *plan;   /* borrowed */
    struct plan_inputs inputs; /* borrowed */
    char *path, *temporary;    /* of progress.json, owned */
    int ranks;
    int64_t total;
    int64_t known;  /* pairs of earlier runs */
    int64_t before; /* pairs solved in earlier windows of this run */
    int64_t failed; /* of these, without a value */
    double begin, written;
    char started[32];
    bool *silent; /* [ranks] and it has been said; owned */
    struct progress progress;
};

/* EXIT_SYSTEM if memory is short. */
int monitor_begin(struct monitor *monitor, const char *directory, const struct plan *plan,
                  const struct plan_inputs *inputs, int ranks, struct fault *fault);

/* These pairs are done, too: known ones, or those of a window that ends. */
void monitor_known(struct monitor *monitor, int64_t pairs);
void monitor_window(struct monitor *monitor, const struct dispatch *dispatch);

/* Called several times a second. EXIT_SYSTEM where progress.json cannot be written: the disk is
 * full, or the folder has gone. */
int monitor_tick(struct monitor *monitor, const struct dispatch *dispatch, struct fault *fault);

/* The end of the bar. */
void monitor_solved(struct monitor *monitor, const struct fault *fault);

/* The state once the results are written, or will not be. */
void monitor_end(struct monitor *monitor, const char *state);
void monitor_reset(struct monitor *monitor);

/* Says once, on the stream, that a rank has been silent for so long that it must have stalled. Part
 * of monitor_tick. */
void monitor_look_after(struct monitor *monitor, int rank, const struct dispatch_peer *peer,
                        FILE *stream);

#endif
