/* Forward auction with epsilon-scaling, Gauss-Seidel version.
 *
 * Free rows bid for the column of least cost + price; a bid raises the price to where the second
 * best column is as good, plus epsilon, and takes the column from the row that had it. With epsilon
 * small the assignment is optimal to n * epsilon; large epsilons first make the prices travel fast.
 */
#include "assignment.h"
#include "kernels.h"

#include <float.h>
#include <math.h>

static const float epsilon_step = 0.2F;
enum { BIDS_PER_ROW = 40 }; /* mean, in one phase; beyond that the exact stage is cheaper */

static void release_all(struct strata_assignment *w, int n)
{
    for (int k = 0; k < n; k++) {
        w->row_of[k] = -1;
        w->column_of[k] = -1;
    }
}

/* One phase: bids of all free rows until none is left or the bound is reached. Returns how many are
 * left. */
static int run_phase(struct strata_assignment *w, const float *cost, int n, float epsilon)
{
    int free_count = 0;
    for (int i = n - 1; i >= 0; i--) {
        if (w->column_of[i] < 0)
            w->free_rows[free_count++] = i;
    }
    for (long bids = (long)BIDS_PER_ROW * n; free_count > 0 && bids > 0; bids--) {
        int i = w->free_rows[--free_count];
        struct two_best best = kernel_two_best(cost + (size_t)i * n, w->price, n);
        int j = best.index;
        float price = w->price[j] + (best.second - best.first) + epsilon;
        if (!(price > w->price[j])) /* below the resolution of single precision */
            price = nextafterf(w->price[j], FLT_MAX);
        w->price[j] = price;
        int loser = w->row_of[j];
        if (loser >= 0) {
            w->column_of[loser] = -1;
            w->free_rows[free_count++] = loser;
        }
        w->row_of[j] = i;
        w->column_of[i] = j;
    }
    return free_count;
}

int assignment_auction(struct strata_assignment *w, const float *cost, int n, float first,
                       float last)
{
    int unassigned = n;
    release_all(w, n);
    if (n < 2)
        return n;
    for (float epsilon = first; epsilon > last; epsilon *= epsilon_step) {
        release_all(w, n);
        unassigned = run_phase(w, cost, n, epsilon);
    }
    return unassigned;
}
