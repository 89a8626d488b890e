/* Whether the pairs of a run are solved over gangs of ranks (solver/gang), and how large these are.
 *
 * Whether: by the number of points and the settings, and by nothing else. A gang finds other optima
 * than the solver of one rank does, so a rule that looked at the machine, the ranks or what is left
 * to do would make the numbers depend on these. `auto`: from GANG_POINTS points on.
 *
 * How large: as it suits, since a gang's numbers are the same on any number of ranks, down to one.
 * As long as there are pairs for all, gangs are as small as memory allows, that is one rank each
 * where a rank's share of solver.memory holds a pair; the last pairs, fewer than gangs, get all
 * ranks among them, but none so many that a rank has fewer than GANG_ROWS rows. */
#ifndef STRATA_GANG_PLAN_H
#define STRATA_GANG_PLAN_H

#include "plan.h"

enum { GANG_POINTS = 5000, GANG_ROWS = 256 };

extern const char *const gang_choice_names[]; /* auto, never, always: solver.gang */

/* Whether gangs solve the pairs of a plan, whose draws and method are known. Not collective.
 * EXIT_INPUT where they are asked to and cannot: they search over permutations only. */
bool gang_plan_applies(const struct settings *settings, const struct plan *plan,
                       struct fault *fault);

/* Bytes of a rank of a gang of `size` ranks: mm-spaces, solve, and the activations of a layer as
 * they come in. Not collective; O(n size). */
size_t gang_plan_bytes(const struct plan *plan, int size);

/* Sets plan->gang and plan->window for a run on `ranks` ranks, at most per_node on a node, where
 * gangs apply. Not collective. EXIT_INPUT where all ranks together have not the memory, or gangs of
 * solver.gang_size have not. */
int gang_plan_make(const struct settings *settings, int ranks, int per_node, struct plan *plan,
                   struct fault *fault);

/* How the ranks divide into gangs for so many pairs: `count` gangs at a time, of the first `used`
 * ranks; `pairs` of the pairs are for them, the others come after. Gang k has the ranks
 * [used k / count, used (k+1) / count). */
struct gang_formation {
    int count, used;
    int64_t pairs;
};
struct gang_formation gang_plan_form(const struct plan *plan, int ranks, int64_t pairs);
int gang_plan_first(const struct gang_formation *formation, int gang); /* its first rank */

#endif
