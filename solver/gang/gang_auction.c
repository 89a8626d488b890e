/* Forward auction with epsilon-scaling, Gauss-Seidel version, on candidate lists. v = -price. */
#include "gang_assignment.h"

#include <math.h>
#include <string.h>

static const double first_epsilon = 0.1; /* a part of the spread of a row */
static const double epsilon_step = 0.2;
/* In one phase; beyond that the exact stage is cheaper. */
enum { ROUNDS = 1000 };
/* Columns listed of a row in each phase: while epsilon is large, prices outrun any list. */
static const int lengths[] = {1, 1, 1, 16, CANDIDATES, CANDIDATES};
enum { PHASES = sizeof lengths / sizeof *lengths, WARM_PHASE = 2 }; /* where a warm one begins */
/* The last rows of a phase fight long price wars, a round for each few bids: one in LEFTOVERS_OF is
 * left, to the next phase, to the exact stage, or to be paired among themselves. Towards that end
 * all waiting rows get long lists, so that a round is more bids. */
enum { FEW = 64 };

struct bid gang_assignment_bid(const struct candidates *c, int i, const double *v)
{
    const int *column = c->column + (size_t)i * (size_t)c->k;
    const float *cost = c->cost + (size_t)i * (size_t)c->k;
    struct bid bid = {INFINITY, INFINITY, column[0]};
    for (int s = 0; s < c->length[i]; s++) {
        double reduced = cost[s] - v[column[s]];
        if (reduced < bid.best) {
            bid.second = bid.best;
            bid.best = reduced;
            bid.column = column[s];
        } else if (reduced < bid.second) {
            bid.second = reduced;
        }
    }
    return bid;
}

/* Gives row i its best column at a price that no other column undercuts by more than epsilon.
 * Returns the row that lost the column, or -1. */
static int place(struct auction *w, int i, struct bid bid, double threshold, double epsilon,
                 double *v)
{
    int j = bid.column;
    double second = bid.second < threshold ? bid.second : threshold;
    double lower = v[j] - ((second - bid.best) + epsilon);
    v[j] = lower < v[j] ? lower : nextafter(v[j], -INFINITY);
    int loser = w->row_of[j];
    if (loser >= 0)
        w->column_of[loser] = -1;
    w->row_of[j] = i;
    w->column_of[i] = j;
    return loser;
}

/* A step around the rows that meets each of them once, and takes neighbours far apart: the rows
 * that bid last wait most, and should not all be of one rank. */
static int stride_of(int n)
{
    for (int stride = (int)(0.618 * n);; stride++) {
        int a = n;
        int b = stride;
        while (b > 0) {
            int rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1)
            return stride;
    }
}

/* One phase; returns how many rows have no column. */
static int run_phase(struct gang *g, const float *cost, double *v, double epsilon, int length)
{
    const struct candidates *c = &g->candidates;
    struct auction *w = g->auction;
    const int stride = stride_of(g->n);
    long bids = (long)BIDS_PER_ROW * g->n;
    int free_count = 0;
    for (int64_t i = 0; free_count < g->n; i = (i + stride) % g->n)
        w->queue[free_count++] = (int)i;
    for (int round = 0;; round++) {
        int waiting = 0;
        while (free_count > 0 && bids > 0) {
            int i = w->queue[--free_count];
            struct bid bid = gang_assignment_bid(c, i, v);
            if (c->length[i] == 0 || bid.best > c->threshold[i]) {
                w->waiting[i] = 1;
                w->touched[waiting++] = i;
                continue;
            }
            int loser = place(w, i, bid, c->threshold[i], epsilon, v);
            if (loser >= 0)
                w->queue[free_count++] = loser;
            bids--;
        }
        if (waiting <= g->n / LEFTOVERS_OF || bids == 0 || round == ROUNDS) {
            memset(w->waiting, 0, (size_t)g->n * sizeof *w->waiting);
            return free_count + waiting;
        }
        for (int k = waiting - 1; k >= 0; k--)
            w->queue[free_count++] = w->touched[k];
        gang_assignment_refresh(g, cost, v, waiting > FEW ? length : c->k, NULL);
        if (g->stopped)
            return g->n;
    }
}

static void release_all(struct auction *w, int n)
{
    for (int k = 0; k < n; k++) {
        w->row_of[k] = -1;
        w->column_of[k] = -1;
    }
}

int gang_auction(struct gang *g, const float *cost, double *v, int warm, double last_epsilon)
{
    struct auction *w = g->auction;
    int unassigned = g->n;
    double epsilon = first_epsilon;
    release_all(w, g->n);
    memset(g->candidates.length, 0, (size_t)g->n * sizeof *g->candidates.length);
    for (int phase = 0; epsilon > last_epsilon && w->spread > 0 && !g->stopped; phase++) {
        if (!warm || phase >= WARM_PHASE) {
            release_all(w, g->n);
            unassigned = run_phase(g, cost, v, epsilon * w->spread,
                                   lengths[phase < PHASES ? phase : PHASES - 1]);
        }
        epsilon *= epsilon_step;
    }
    return unassigned;
}
