#include "gang_plan.h"
#include "gang.h"
#include "strata.h"

enum { AUTO, NEVER, ALWAYS };
const char *const gang_choice_names[] = {"auto", "never", "always", NULL};

bool gang_plan_applies(const struct settings *settings, const struct plan *plan,
                       struct fault *fault)
{
    const int choice = settings->solver.gang;
    const bool able = plan->method == STRATA_METHOD_AUTO;
    const bool known = gang_knows_distance(settings->metric.distance);
    if (choice == ALWAYS && !known)
        fault_set(fault, EXIT_INPUT,
                  "solver.gang: always is set, and gangs do not know metric.distance: %s; expected "
                  "another distance, or solver.gang: never",
                  strata_distance_names[settings->metric.distance]);
    else if (choice == ALWAYS && !able)
        fault_set(fault, EXIT_INPUT,
                  "solver.gang: always is set, and gangs search over permutations only: of as many "
                  "inputs on both sides, without weights, by solver.method: auto; expected these, "
                  "or solver.gang: never");
    return known && able &&
           (choice == ALWAYS || (choice == AUTO && plan_points(plan) >= GANG_POINTS));
}

size_t gang_plan_bytes(const struct plan *plan, int size)
{
    const int64_t widest = plan_widest(plan);
    const int points = plan_points(plan);
    const size_t rows = ((size_t)points + (size_t)size - 1) / (size_t)size;
    return gang_bytes(points, (int)widest, size) + rows * (size_t)widest * sizeof(double);
}

/* The fewest ranks whose parts of a pair are within limit; ranks + 1: even all are not enough. */
static int fewest_ranks(const struct plan *plan, int ranks, size_t limit)
{
    int low = 0; /* too few */
    int high = ranks + 1;
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        if (gang_plan_bytes(plan, middle) <= limit)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* So many frames at a time that the last pairs of a window do not count for much. */
static int choose_window(const struct plan *plan, int ranks)
{
    const int64_t wanted = 8 * (int64_t)ranks / plan->pairs_per_frame + 1;
    return wanted < plan->frames ? (int)wanted : plan->frames;
}

int gang_plan_make(const struct settings *settings, int ranks, int per_node, struct plan *plan,
                   struct fault *fault)
{
    const size_t limit = plan->node_bytes / (size_t)per_node;
    const int fixed = (int)settings->solver.gang_size;
    const int least = fewest_ranks(plan, ranks, limit);
    plan->gang.size = fixed > 0 && fixed < ranks ? fixed : fixed > 0 ? ranks : least;
    plan->gang.is_fixed = fixed > 0;
    plan->gang.least = least;
    if (least > ranks)
        return fault_set(fault, EXIT_INPUT,
                         "a pair of %d samples needs %.3g GB on each of %d ranks, and %.3g GB may "
                         "be used; start more ranks or fewer a node, lower sampling.count, or "
                         "raise solver.memory",
                         plan_points(plan), 1e-9 * (double)gang_plan_bytes(plan, ranks), ranks,
                         1e-9 * (double)limit);
    if (plan->gang.size < least)
        return fault_set(
            fault, EXIT_INPUT,
            "solver.gang_size: a pair of %d samples needs %.3g GB on each of %d ranks, "
            "and %.3g GB may be used; expected at least %d ranks, or 0",
            plan_points(plan), 1e-9 * (double)gang_plan_bytes(plan, plan->gang.size),
            plan->gang.size, 1e-9 * (double)limit, least);
    plan->gang.rank_bytes = gang_plan_bytes(plan, plan->gang.size);
    plan->window = choose_window(plan, ranks);
    return 0;
}

struct gang_formation gang_plan_form(const struct plan *plan, int ranks, int64_t pairs)
{
    struct gang_formation formation = {.count = ranks / plan->gang.size, .pairs = pairs};
    int largest = (plan_points(plan) + GANG_ROWS - 1) / GANG_ROWS;
    if (plan->gang.is_fixed || largest < plan->gang.size)
        largest = plan->gang.size;
    if (pairs < formation.count)
        formation.count = (int)pairs;
    else if (!plan->gang.is_fixed)
        formation.pairs -= pairs % formation.count;
    const int64_t most = (int64_t)formation.count * largest;
    formation.used = most < ranks ? (int)most : ranks;
    return formation;
}

int gang_plan_first(const struct gang_formation *formation, int gang)
{
    return (int)((int64_t)formation->used * gang / formation->count);
}
