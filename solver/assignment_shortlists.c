/* Shortlists, and the auction's last phases on them.
 *
 * Prices only rise, v only falls: a threshold stays true, and as long as the best of a list is
 * below it, the list is as good as the row. In the last phases prices move little, so that lists
 * are made about once or twice, and a bid reads some 16 columns rather than n. */
#include "assignment.h"
#include "kernels.h"
#include "kernels_assignment.h"

#include <float.h>
#include <math.h>

/* Lists are about a third longer: long enough to be good for a phase, short enough to be quick. */
enum { RANK = 12 };

enum { PHASES = 3 };
static const double epsilon_step = 0.2;

void shortlist_set(struct strata_assignment *w, double *v, int j, double value)
{
    v[j] = value;
    w->price[j] = (float)-value;
    const double rounded = fabs(value + w->price[j]);
    w->imprecision = rounded > w->imprecision ? rounded : w->imprecision;
}

void shortlist_forget(struct strata_assignment *w, const double *v, int n)
{
    w->imprecision = 0;
    for (int k = 0; k < n; k++) {
        w->imprecision = fmax(w->imprecision, fabs(v[k] + w->price[k]));
        w->length[k] = 0;
        w->threshold[k] = -INFINITY;
    }
}

/* Lists in w->below the columns of a row below *limit: halves the range until they are few, or
 * takes the least ones only, which may be many. */
static int columns_below(struct strata_assignment *w, const float *row, int n, float *limit)
{
    struct range range = kernel_range(row, w->price, n, RANK);
    int count = kernel_below(row, w->price, n, range.limit, w->below);
    while (count > SHORTLIST) {
        float middle = range.least + (range.limit - range.least) / 2;
        range.limit = middle < range.limit ? middle : range.least;
        count = kernel_below(row, w->price, n, range.limit, w->below);
    }
    *limit = range.limit;
    return count;
}

int shortlist_renew(struct strata_assignment *w, const float *cost, int n, int i)
{
    const float *row = cost + (size_t)i * n;
    const double before = w->threshold[i];
    int *column = w->column + (size_t)i * SHORTLIST;
    float *listed = w->listed + (size_t)i * SHORTLIST;
    float limit = 0;
    const int count = columns_below(w, row, n, &limit);
    for (int s = 0; s < count; s++) {
        column[s] = w->below[s];
        listed[s] = row[w->below[s]];
    }
    w->length[i] = count;
    w->threshold[i] = count == n ? INFINITY : limit - FLT_EPSILON * fabsf(limit) - w->imprecision;
    return w->threshold[i] > before;
}

static inline struct bid best_listed(const struct strata_assignment *w, const double *v, int i)
{
    const int *column = w->column + (size_t)i * SHORTLIST;
    const float *listed = w->listed + (size_t)i * SHORTLIST;
    struct bid bid = {INFINITY, INFINITY, -1};
    for (int s = 0; s < w->length[i]; s++) {
        double x = listed[s] - v[column[s]];
        double loser = x < bid.best ? bid.best : x;
        bid.column = x < bid.best ? column[s] : bid.column;
        bid.best = x < bid.best ? x : bid.best;
        bid.second = loser < bid.second ? loser : bid.second;
    }
    return bid;
}

/* Whether the list shows the row's best column but for `slack`; the second best as it shows it. */
static inline int is_shown(const struct strata_assignment *w, int i, double slack, struct bid *bid)
{
    const double others = w->threshold[i] > bid->best ? w->threshold[i] : bid->best;
    bid->second = others < bid->second ? others : bid->second;
    return bid->best <= w->threshold[i] + slack && bid->column >= 0;
}

struct bid shortlist_best(struct strata_assignment *w, const float *cost, const double *v, int n,
                          int i, double slack)
{
    struct bid bid = best_listed(w, v, i);
    if (is_shown(w, i, slack, &bid))
        return bid;
    shortlist_renew(w, cost, n, i);
    bid = best_listed(w, v, i);
    if (is_shown(w, i, slack, &bid))
        return bid;
    struct best best = kernel_best(cost + (size_t)i * n, v, n);
    w->threshold[i] = fmax(w->threshold[i], best.value);
    return (struct bid){best.value, best.value, best.index};
}

static void run_phase(struct strata_assignment *w, const float *cost, int n, double epsilon,
                      double *v)
{
    int count = assignment_release(w, n);
    for (long bids = (long)BIDS_PER_ROW * n; count > 0 && bids > 0; bids--) {
        const int i = w->free_rows[--count];
        struct bid bid = shortlist_best(w, cost, v, n, i, epsilon);
        const int j = bid.column;
        shortlist_set(w, v, j,
                      -(double)assignment_raise(w->price[j], bid.second - bid.best + epsilon));
        const int loser = assignment_take(w, i, j);
        if (loser >= 0)
            w->free_rows[count++] = loser;
    }
}

void assignment_refine(struct strata_assignment *w, const float *cost, int n, double epsilon,
                       double *v)
{
    if (n < 2 || !(epsilon > 0))
        return;
    for (int phase = 0; phase < PHASES; phase++) {
        run_phase(w, cost, n, epsilon, v);
        epsilon *= epsilon_step;
    }
}
