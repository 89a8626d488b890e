#include "points.h"
#include "suite.h"

#include <math.h>

enum { MOST = 40 };

static int is_near(const double *D, int n, int i, int k, int neighbours)
{
    int closer = 0;
    for (int l = 0; l < n; l++)
        closer += l != i && l != k &&
                  (D[i * n + l] < D[i * n + k] || (D[i * n + l] == D[i * n + k] && l < k));
    return closer < neighbours;
}

/* Floyd and Warshall's paths over the links of nearest neighbours, then over more and more links
 * between parts, shortest first, until all is connected. */
static void naive(const double *D, double *G, int n, int neighbours)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++) {
            int linked =
                i == k || is_near(D, n, i, k, neighbours) || is_near(D, n, k, i, neighbours);
            G[i * n + k] = linked ? D[i * n + k] : INFINITY;
        }
    }
    for (;;) {
        for (int l = 0; l < n; l++) {
            for (int i = 0; i < n; i++) {
                for (int k = 0; k < n; k++)
                    G[i * n + k] = fmin(G[i * n + k], G[i * n + l] + G[l * n + k]);
            }
        }
        int best = -1;
        for (int k = 0; k < n * n; k++) {
            if (isinf(G[k]) && (best < 0 || D[k] < D[best]))
                best = k;
        }
        if (best < 0)
            return;
        G[best] = G[best % n * n + best / n] = D[best];
    }
}

static void test_definition(void)
{
    struct random r = random_new(1);
    for (int trial = 0; trial < 60; trial++) {
        int n = 2 + random_below(&r, MOST - 1);
        int neighbours = 1 + random_below(&r, n < 6 ? n - 1 : 5);
        double x[MOST];
        double y[MOST];
        double D[MOST * MOST];
        double G[MOST * MOST];
        for (int i = 0; i < n; i++) {
            x[i] = random_normal(&r) + 100 * random_below(&r, 3); /* parts far from each other */
            y[i] = random_normal(&r);
        }
        for (int k = 0; k < n * n; k++)
            D[k] = hypot(x[k / n] - x[k % n], y[k / n] - y[k % n]);
        naive(D, G, n, neighbours);
        CU_ASSERT_EQUAL(strata_geodesic(D, n, neighbours), STRATA_OK);
        double worst = 0;
        for (int k = 0; k < n * n; k++) {
            worst = fmax(worst, fabs(D[k] - G[k]));
            CU_ASSERT_EQUAL(D[k], D[k % n * n + k / n]);
        }
        CU_ASSERT_TRUE(worst <= 1e-12 * 1000);
    }
}

/* On a circle geodesics are arcs, which no Euclidean space holds: known to be not negative definite
 * where that is declared, and found where a matrix is given. */
static void test_circle(void)
{
    enum { n = MOST };
    double x[2 * n];
    for (int i = 0; i < n; i++) {
        x[2 * i] = cos(2 * M_PI * i / n);
        x[2 * i + 1] = sin(2 * M_PI * i / n);
    }
    struct strata_space *euclidean = space_new(x, n, 2, EUCLIDEAN, BY_NOTHING);
    struct strata_space *geodesic = space_new(x, n, 2, GEODESIC, BY_NOTHING);
    double D[n * n];
    CU_ASSERT_TRUE(strata_space_is_negative_definite(euclidean));
    CU_ASSERT_FALSE(strata_space_is_negative_definite(geodesic));
    memcpy(D, strata_space_distances(euclidean), sizeof D);
    CU_ASSERT_EQUAL(strata_geodesic(D, n, 2), STRATA_OK);
    const struct strata_metric metric = {GEODESIC, BY_NOTHING, 2};
    CU_ASSERT_EQUAL(strata_space_from_rows(geodesic, x, n, 2, &metric), STRATA_OK);
    CU_ASSERT_EQUAL(memcmp(strata_space_distances(geodesic), D, sizeof D), 0);
    for (int k = 0; k < n; k++)
        CU_ASSERT_DOUBLE_EQUAL(D[k], 2 * sin(M_PI / n) * (k < n - k ? k : n - k), 1e-12);
    memcpy(D, strata_space_distances(euclidean), sizeof D);
    CU_ASSERT_EQUAL(strata_space_from_distances(geodesic, D, n, BY_MEAN), STRATA_OK);
    CU_ASSERT_TRUE(strata_space_is_negative_definite(geodesic));
    for (int k = 0; k < n * n; k++)
        D[k] = pow(D[k], 3); /* of points on a circle, no longer */
    CU_ASSERT_EQUAL(strata_space_from_distances(geodesic, D, n, BY_MEAN), STRATA_OK);
    CU_ASSERT_FALSE(strata_space_is_negative_definite(geodesic));
    free(euclidean);
    free(geodesic);
}

int main(void)
{
    const struct test_case cases[] = {
        {"definition", test_definition},
        {"circle", test_circle},
    };
    strata_use_one_thread();
    return suite_run("geodesic", cases, sizeof cases / sizeof *cases);
}
