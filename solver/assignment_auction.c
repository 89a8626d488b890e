/* Forward auction with epsilon-scaling on costs rounded to 16 bits.
 *
 * Free rows bid in turn for the column of least cost + price; a bid raises the price to where the
 * second best column is as good, plus epsilon, and takes the column from the row that had it. With
 * epsilon small the assignment is optimal to n * epsilon; large epsilons first make the prices
 * travel fast. Rows wait in a queue rather than on a stack, which takes about as many bids, so that
 * the next row can be fetched while this one is read. */
#include "assignment.h"
#include "kernels.h"
#include "kernels_assignment.h"

#include <string.h>

static size_t width_of(int n)
{
    return ((size_t)n + ROW_PAD - 1) / ROW_PAD * ROW_PAD;
}

int assignment_round(struct strata_assignment *w, const float *cost, int n)
{
    const size_t width = width_of(n);
    const float scale = w->spread > 0 ? COST_RANGE / w->spread : 0;
    int finite = 1;
    for (int i = 0; i < n; i++)
        finite &= kernel_quantise(cost + (size_t)i * n, w->price, n, scale, w->coarse + i * width,
                                  (int)width);
    return finite;
}

int assignment_release(struct strata_assignment *w, int n)
{
    for (int k = 0; k < n; k++) {
        w->row_of[k] = -1;
        w->column_of[k] = -1;
        w->free_rows[n - 1 - k] = k;
    }
    return n;
}

/* Only differences of prices matter: the least becomes 0, which leaves the most room to rise. */
static void lower_all(uint16_t *rise, int n)
{
    uint16_t least = UINT16_MAX;
    for (int j = 0; j < n; j++)
        least = rise[j] < least ? rise[j] : least;
    for (int j = 0; j < n; j++)
        rise[j] = (uint16_t)(rise[j] - least);
}

/* One phase: bids until no row is free, a price is at its limit, or there were too many. Returns
 * how many rows are free. */
static int run_phase(struct strata_assignment *w, int n, int epsilon)
{
    const size_t width = width_of(n);
    int count = assignment_release(w, n);
    int head = 0; /* of the queue, a ring: its end is at the same place while all rows are free */
    int tail = 0;
    lower_all(w->rise, n);
    for (long bids = (long)BIDS_PER_ROW * n; count > 0 && bids > 0; bids--) {
        const int i = w->free_rows[head];
        head = head + 1 < n ? head + 1 : 0;
        const int16_t *row = w->coarse + i * width;
        const int16_t *next = count > 1 ? w->coarse + w->free_rows[head] * width : row;
        struct two_least bid = kernel_two_least(row, w->rise, (int)width, next);
        const int price = w->rise[bid.index] + bid.second - bid.first + epsilon;
        if (price > PRICE_LIMIT)
            break;
        w->rise[bid.index] = (uint16_t)price;
        count--;
        const int loser = assignment_take(w, i, bid.index);
        if (loser >= 0) {
            w->free_rows[tail] = loser;
            tail = tail + 1 < n ? tail + 1 : 0;
            count++;
        }
    }
    return count;
}

int assignment_auction(struct strata_assignment *w, int n, int first, int last)
{
    int unassigned = assignment_release(w, n);
    if (n < 2)
        return unassigned;
    memset(w->rise, 0, width_of(n) * sizeof *w->rise);
    for (int epsilon = first; epsilon >= last; epsilon /= EPSILON_STEP)
        unassigned = run_phase(w, n, epsilon);
    for (int j = 0; j < n; j++)
        w->price[j] += (float)w->rise[j] * (w->spread / COST_RANGE);
    return unassigned;
}

int assignment_adjust(struct strata_assignment *w, const float *cost, int n, float epsilon)
{
    int count = assignment_release(w, n);
    if (n < 2)
        return count;
    for (long bids = (long)BIDS_PER_ROW * n; count > 0 && bids > 0; bids--) {
        const int i = w->free_rows[--count];
        struct two_best bid = kernel_two_best(cost + (size_t)i * n, w->price, n);
        const int j = bid.index;
        w->price[j] = assignment_raise(w->price[j], bid.second - bid.first + epsilon);
        const int loser = assignment_take(w, i, j);
        if (loser >= 0)
            w->free_rows[count++] = loser;
    }
    return count;
}
