/* Pairs of a plan solved here and now, to see what they cost: on several threads at once, since the
 * ranks of a node slow each other down where they share caches and the way to memory.
 *
 * Where gangs solve the pairs, each is solved by a gang of one, from spaces of its own, which
 * count.
 *
 * Solves and distance matrices are timed by what their thread computed, so that other work on the
 * machine does not count; reading by the clock on the wall. */
#ifndef STRATA_TRIAL_H
#define STRATA_TRIAL_H

#include "plan.h"
#include "plan_inputs.h"
#include "settings.h"

#include <stdbool.h>

enum { TRIAL_THREADS = 64 }; /* at most: OpenBLAS has room for as many callers, and some more */

struct trial;

/* Room for so many solves at once, or for as many as the memory of the plan's node has room for;
 * for one if MPI was not initialized for MPI_THREAD_SERIALIZED or more. All is borrowed.
 * EXIT_SYSTEM if memory is short. */
int trial_new(const struct settings *settings, const struct plan_inputs *inputs,
              const struct plan *plan, int threads, struct trial **trial, struct fault *fault);
void trial_destroy(struct trial **trial);

int trial_threads(const struct trial *trial);

/* Pairs to be solved in turn, until the list ends or enough() says so; that is called by one thread
 * at a time, before each pair. All is borrowed. */
struct trial_list {
    const struct pair *pairs; /* [count] */
    int count;
    int points; /* inputs that each pair is solved on; at most those of the plan */
    bool (*enough)(void *context);
    void *context;
    double *seconds; /* [count] of each solve, set as it ends; 0: a layer is constant, -1: failed */
};

/* Solves as many pairs of a list at once as there are threads, and waits for those that were begun:
 * the first `begun`. Collective over the communicator of the inputs, which is to have one rank.
 * EXIT_INPUT where the input cannot be read. */
int trial_solve(struct trial *trial, const struct trial_list *list, int *begun,
                struct fault *fault);

/* Of what a gang takes on the most inputs so far, the part that each of its ranks does again; the
 * rest they share: candidate lists, which grow about as n^2. 0 where there are no gangs. */
double trial_alone(const struct trial *trial);

/* What spaces on all inputs of the plan took; one is made if none was, or, of gangs, read. */
struct trial_spaces {
    int made;
    double build;  /* seconds, in all; of gangs 0 */
    double read;   /* seconds to read their values, */
    double values; /* so many of them, */
    double bytes;  /* and bytes that were read for them */
};
int trial_spaces(struct trial *trial, struct trial_spaces *spaces, struct fault *fault);

#endif
