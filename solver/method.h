/* What a method of solving must supply. Add one by its file and its line in STRATA_METHODS. */
#ifndef STRATA_METHOD_H
#define STRATA_METHOD_H

#include "space.h"

struct problem {
    const struct strata_space *a, *b;
    const struct strata_options *options;
    int stopped; /* the tick asked for it */
};

struct method {
    /* Whether the pair is of the kind that the method solves. */
    int (*applies)(const struct strata_space *a, const struct strata_space *b);
    /* A workspace for pairs of up to n and m points; NULL if memory is short. */
    void *(*create)(int n, int m);
    void (*destroy)(void *workspace);
    /* Fills solution but for method and seconds; coupling[n, m] and permutation[n], which may be
     * NULL. Allocates nothing. Returns OK, STOPPED or LIMIT. */
    int (*solve)(void *workspace, struct problem *problem, struct strata_solution *solution,
                 double *coupling, int *permutation);
};

#define X(NAME, name, text) extern const struct method method_##name;
STRATA_METHODS(X)
#undef X

/* Asks the caller whether to go on; non-zero: stop. Called between steps. */
static inline int problem_stop(struct problem *p)
{
    if (p->options->tick != NULL && !p->stopped)
        p->stopped = p->options->tick(p->options->context) != 0;
    return p->stopped;
}

#endif
