/* The assignment problem solved slowly and plainly: the oracle of the tests. */
#ifndef TESTS_SOLVER_HUNGARIAN_H
#define TESTS_SOLVER_HUNGARIAN_H

#include "points.h"

#include <float.h>

/* min over permutations s of sum_i cost[i, s(i)], cost[n, n] in double precision; column_of[n] gets
 * s. Rows enter one by one, each by a shortest augmenting path; O(n^3). Columns are counted from 1,
 * column 0 holds the row that enters. */
static inline double hungarian(const double *cost, int n, int *column_of)
{
    size_t count = (size_t)n + 1;
    double *u = test_memory(count * sizeof *u);
    double *v = test_memory(count * sizeof *v);
    double *slack = test_memory(count * sizeof *slack);
    int *row_of = test_memory(count * sizeof *row_of); /* 0: none */
    int *from = test_memory(count * sizeof *from);
    int *done = test_memory(count * sizeof *done);
    for (int i = 1; i <= n; i++) {
        for (int j = 0; j <= n; j++) {
            slack[j] = DBL_MAX;
            done[j] = 0;
        }
        row_of[0] = i;
        int at = 0;
        while (row_of[at] != 0) {
            done[at] = 1;
            int row = row_of[at];
            int next = 0;
            double least = DBL_MAX;
            for (int j = 1; j <= n; j++) {
                if (done[j])
                    continue;
                double reduced = cost[(size_t)(row - 1) * n + j - 1] - u[row] - v[j];
                if (reduced < slack[j]) {
                    slack[j] = reduced;
                    from[j] = at;
                }
                if (slack[j] < least) {
                    least = slack[j];
                    next = j;
                }
            }
            for (int j = 0; j <= n; j++) {
                if (done[j]) {
                    u[row_of[j]] += least;
                    v[j] -= least;
                } else {
                    slack[j] -= least;
                }
            }
            at = next;
        }
        for (; at != 0; at = from[at])
            row_of[at] = row_of[from[at]];
    }
    double sum = 0;
    for (int j = 1; j <= n; j++) {
        column_of[row_of[j] - 1] = j - 1;
        sum += cost[(size_t)(row_of[j] - 1) * n + j - 1];
    }
    free(u);
    free(v);
    free(slack);
    free(row_of);
    free(from);
    free(done);
    return sum;
}

#endif
