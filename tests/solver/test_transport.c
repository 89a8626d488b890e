#include "hungarian.h"
#include "points.h"
#include "suite.h"

#include <math.h>

enum { MOST = 64 };

/* A transport problem and what the solver made of it. */
struct solved {
    int n, m, status;
    struct strata_plan plan;
    int row[2 * MOST], column[2 * MOST];
    double mass[2 * MOST], u[MOST], v[MOST];
};

static void solve(struct strata_transport *w, const double *cost, int n, int m, const double *p,
                  const double *q, struct solved *s)
{
    s->n = n;
    s->m = m;
    s->plan = (struct strata_plan){.row = s->row, .column = s->column, .mass = s->mass};
    s->status = strata_transport_solve(w, cost, n, m, p, q, 0, &s->plan, s->u, s->v);
}

/* Marginals, cells, duality: all that proves the plan optimal. */
static void check_certificate(const struct solved *s, const double *cost, const double *p,
                              const double *q)
{
    double rows[MOST] = {0};
    double columns[MOST] = {0};
    double total = 0;
    double largest = 1e-300;
    CU_ASSERT_EQUAL_FATAL(s->status, STRATA_OK);
    CU_ASSERT_TRUE(s->plan.count >= 1 && s->plan.count <= s->n + s->m - 1);
    for (int k = 0; k < s->plan.count; k++) {
        CU_ASSERT_TRUE(s->mass[k] > 0);
        rows[s->row[k]] += s->mass[k];
        columns[s->column[k]] += s->mass[k];
        total += s->mass[k] * cost[s->row[k] * s->m + s->column[k]];
    }
    for (int k = 0; k < s->n * s->m; k++)
        largest = fmax(largest, fabs(cost[k]));
    double dual = 0;
    for (int i = 0; i < s->n; i++) {
        CU_ASSERT_DOUBLE_EQUAL(rows[i], p ? p[i] : 1.0 / s->n, 1e-12);
        dual += s->u[i] * (p ? p[i] : 1.0 / s->n);
        for (int j = 0; j < s->m; j++)
            CU_ASSERT_TRUE(cost[i * s->m + j] - s->u[i] - s->v[j] >= -1e-14 * largest);
    }
    for (int j = 0; j < s->m; j++) {
        CU_ASSERT_DOUBLE_EQUAL(columns[j], q ? q[j] : 1.0 / s->m, 1e-12);
        dual += s->v[j] * (q ? q[j] : 1.0 / s->m);
    }
    CU_ASSERT_DOUBLE_EQUAL(total, s->plan.cost, 1e-13 * largest);
    CU_ASSERT_DOUBLE_EQUAL(total, dual, 1e-12 * largest);
    CU_ASSERT_TRUE(s->plan.gap >= 0 && s->plan.gap <= 1e-12 * largest);
}

/* Weights, some zero if asked for. */
static void random_weights(struct random *r, double *p, int n, int zeros)
{
    double sum = 0;
    for (int k = 0; k < n; k++)
        sum += p[k] = zeros && k > 0 && random_below(r, 3) == 0 ? 0 : random_uniform(r) + 1e-3;
    for (int k = 0; k < n; k++)
        p[k] /= sum;
}

/* All ways to send two rows' mass, by the share of the first row in each column: the optimum of two
 * rows is to sort columns by the difference of their costs. */
static double two_rows(const double *cost, int m, const double *p, const double *q)
{
    double total = 0;
    double room = p[0];
    int done[MOST] = {0};
    for (int k = 0; k < m; k++) {
        int best = -1;
        for (int j = 0; j < m; j++) {
            if (!done[j] && (best < 0 || cost[j] - cost[m + j] < cost[best] - cost[m + best]))
                best = j;
        }
        done[best] = 1;
        double first = q[best] < room ? q[best] : room;
        room -= first;
        total += first * cost[best] + (q[best] - first) * cost[m + best];
    }
    return total;
}

static void test_two_rows(void)
{
    struct random r = random_new(1);
    struct strata_transport *w = strata_transport_new(2, 20);
    for (int trial = 0; trial < 200; trial++) {
        int m = 1 + random_below(&r, 20);
        double p[2];
        double q[20];
        struct solved s;
        double *cost = random_points(&r, 2, m);
        random_weights(&r, p, 2, 0);
        random_weights(&r, q, m, trial % 2);
        solve(w, cost, 2, m, p, q, &s);
        check_certificate(&s, cost, p, q);
        CU_ASSERT_DOUBLE_EQUAL(s.plan.cost, two_rows(cost, m, p, q), 1e-12);
        free(cost);
    }
    strata_transport_destroy(&w);
}

/* On a line the monotone plan is optimal for convex costs. */
static void test_line(void)
{
    struct random r = random_new(2);
    struct strata_transport *w = strata_transport_new(MOST, MOST);
    for (int trial = 0; trial < 50; trial++) {
        int n = 1 + random_below(&r, MOST);
        int m = 1 + random_below(&r, MOST);
        double p[MOST];
        double q[MOST];
        double cost[MOST * MOST];
        struct solved s;
        random_weights(&r, p, n, 0);
        random_weights(&r, q, m, 0);
        for (int k = 0; k < n * m; k++)
            cost[k] = pow((double)(k / m) / n - (double)(k % m) / m, 2);
        solve(w, cost, n, m, p, q, &s);
        check_certificate(&s, cost, p, q);
        double expected = 0;
        double left = p[0];
        double room = q[0];
        for (int i = 0, j = 0; i < n && j < m;) {
            double amount = left < room ? left : room;
            expected += amount * cost[i * m + j];
            left -= amount;
            room -= amount;
            if (left <= room) {
                i++;
                left = i < n ? p[i] : 0;
            } else {
                j++;
                room = j < m ? q[j] : 0;
            }
        }
        CU_ASSERT_DOUBLE_EQUAL(s.plan.cost, expected, 1e-12);
    }
    strata_transport_destroy(&w);
}

/* Uniform and of the same size it is the assignment problem. */
static void test_assignment(void)
{
    struct random r = random_new(3);
    struct strata_transport *w = strata_transport_new(MOST, MOST);
    struct strata_assignment *other = strata_assignment_new(MOST);
    for (int n = 1; n <= MOST; n += 7) {
        double *cost = random_points(&r, n, n);
        float rounded[MOST * MOST];
        int s[MOST];
        struct solved t;
        for (int k = 0; k < n * n; k++) {
            rounded[k] = (float)cost[k];
            cost[k] = rounded[k];
        }
        solve(w, cost, n, n, NULL, NULL, &t);
        check_certificate(&t, cost, NULL, NULL);
        CU_ASSERT_EQUAL(t.plan.count, n);
        CU_ASSERT_DOUBLE_EQUAL(n * t.plan.cost, hungarian(cost, n, s), 1e-12 * n);
        CU_ASSERT_EQUAL(strata_assignment_solve(other, rounded, n, s, NULL, NULL), STRATA_OK);
        double total = 0;
        for (int i = 0; i < n; i++)
            total += cost[i * n + s[i]];
        CU_ASSERT_DOUBLE_EQUAL(n * t.plan.cost, total, 1e-12 * n);
        free(cost);
    }
    strata_transport_destroy(&w);
    strata_assignment_destroy(&other);
}

/* Sizes, ties, zero weights, huge and tiny costs; each solved cold, again, and with other costs
 * from the plan of before. */
static void test_fuzz(void)
{
    static const double scales[] = {1, 1e-200, 1e200, -1, 0};
    struct random r = random_new(4);
    struct strata_transport *w = strata_transport_new(MOST, MOST);
    for (int trial = 0; trial < 400; trial++) {
        int n = 1 + random_below(&r, MOST);
        int m = 1 + random_below(&r, MOST);
        int ties = trial % 3;
        double p[MOST];
        double q[MOST];
        double cost[MOST * MOST];
        struct solved s;
        random_weights(&r, p, n, trial % 2);
        random_weights(&r, q, m, trial % 4 > 1);
        const double *rows = trial % 5 ? p : NULL;
        const double *columns = trial % 7 ? q : NULL;
        for (int again = 0; again < 3; again++) {
            for (int k = 0; k < n * m && again != 1; k++) {
                double c = ties ? random_below(&r, ties * 4) : random_uniform(&r);
                cost[k] = c * scales[trial % 5];
            }
            solve(w, cost, n, m, rows, columns, &s);
            check_certificate(&s, cost, rows, columns);
            CU_ASSERT_TRUE(again != 1 || s.plan.pivots == 0);
        }
    }
    strata_transport_destroy(&w);
}

static void test_limit(void)
{
    struct random r = random_new(5);
    struct strata_transport *w = strata_transport_new(MOST, MOST);
    double *cost = random_points(&r, MOST, MOST);
    struct solved s = {.n = MOST};
    struct solved best;
    solve(w, cost, MOST, MOST, NULL, NULL, &best);
    strata_transport_destroy(&w);
    w = strata_transport_new(MOST, MOST);
    s.plan = (struct strata_plan){.row = s.row, .column = s.column, .mass = s.mass};
    CU_ASSERT_EQUAL(strata_transport_solve(w, cost, MOST, MOST, NULL, NULL, 5, &s.plan, NULL, NULL),
                    STRATA_LIMIT);
    CU_ASSERT_EQUAL(s.plan.pivots, 5);
    CU_ASSERT_TRUE(s.plan.cost > best.plan.cost);
    CU_ASSERT_TRUE(s.plan.cost - s.plan.gap <= best.plan.cost); /* the gap is true */
    strata_transport_destroy(&w);
    free(cost);
}

static void test_bad_input(void)
{
    double cost[4] = {1, 2, 3, 4};
    double p[2] = {0.5, 0.5};
    struct solved s;
    struct strata_transport *w = strata_transport_new(2, 2);
    CU_ASSERT_PTR_NULL(strata_transport_new(0, 2));
    CU_ASSERT_PTR_NULL(strata_transport_new(2, -1));
    solve(NULL, cost, 2, 2, p, p, &s);
    CU_ASSERT_EQUAL(s.status, STRATA_ARGUMENT);
    solve(w, NULL, 2, 2, p, p, &s);
    CU_ASSERT_EQUAL(s.status, STRATA_ARGUMENT);
    solve(w, cost, 3, 2, p, p, &s);
    CU_ASSERT_EQUAL(s.status, STRATA_ARGUMENT);
    solve(w, cost, 2, 0, p, p, &s);
    CU_ASSERT_EQUAL(s.status, STRATA_ARGUMENT);
    p[0] = -0.5;
    p[1] = 1.5;
    solve(w, cost, 2, 2, p, NULL, &s);
    CU_ASSERT_EQUAL(s.status, STRATA_WEIGHTS);
    p[0] = p[1] = 0.6;
    solve(w, cost, 2, 2, NULL, p, &s);
    CU_ASSERT_EQUAL(s.status, STRATA_WEIGHTS);
    p[0] = NAN;
    solve(w, cost, 2, 2, NULL, p, &s);
    CU_ASSERT_EQUAL(s.status, STRATA_NOT_FINITE);
    cost[2] = INFINITY;
    solve(w, cost, 2, 2, NULL, NULL, &s);
    CU_ASSERT_EQUAL(s.status, STRATA_NOT_FINITE);
    strata_transport_destroy(&w);
    CU_ASSERT_PTR_NULL(w);
    strata_transport_destroy(&w);
}

int main(void)
{
    const struct test_case cases[] = {
        {"two rows", test_two_rows},    {"on a line", test_line}, {"assignments", test_assignment},
        {"fuzzed problems", test_fuzz}, {"limit", test_limit},    {"bad input", test_bad_input},
    };
    return suite_run("transport", cases, sizeof cases / sizeof *cases);
}
