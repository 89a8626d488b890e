/* Partitions into clusters, and the search for a matching of them. */
#include "matchings.h"
#include "partitions.h"
#include "suite.h"
#include "workspace.h"

#include "points.h"

#include <math.h>
#include <string.h>

/* --- Partitions --- */

/* The mean of the clusters, each by its mass, is that of all points. */
static void check_partitions(const float *points, const float *values, int n, int columns)
{
    float *partitions = test_memory(partitions_size(columns) * sizeof *partitions);
    CU_ASSERT_EQUAL(partitions_build(points, values, n, columns, partitions), STRATA_OK);
    for (int count = CLUSTERS_MIN; count <= CLUSTERS_MAX; count++) {
        const float *clusters = partitions + partitions_offset(columns, count);
        double mass = 0;
        for (int k = 0; k < count; k++) {
            CU_ASSERT_TRUE(clusters[k * (1 + columns)] >= 0);
            mass += clusters[k * (1 + columns)];
        }
        CU_ASSERT_EQUAL(mass, n);
        for (int c = 0; c < columns; c++) {
            double sum = 0;
            for (int i = 0; i < n; i++)
                sum += points[i * columns + c];
            for (int k = 0; k < count; k++)
                sum -= (double)clusters[k * (1 + columns)] * clusters[k * (1 + columns) + 1 + c];
            CU_ASSERT_DOUBLE_EQUAL(sum, 0, 1e-4 * n);
        }
    }
    free(partitions);
}

static void test_partitions(void)
{
    static const int sizes[] = {1, 2, 5, 17, 100, 240};
    enum { COLUMNS = 9 };
    float values[COLUMNS - 1];
    static float points[240 * COLUMNS];
    struct random r = random_new(47);
    for (int c = 0; c + 1 < COLUMNS; c++)
        values[c] = -5.0F / (float)(1 + c);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (int k = 0; k < sizes[s] * COLUMNS; k++)
            points[k] = (float)random_normal(&r);
        check_partitions(points, values, sizes[s], COLUMNS);
        memset(points, 0, sizeof points); /* points that coincide */
        check_partitions(points, values, sizes[s], COLUMNS);
    }
}

/* Seven clusters far apart, of 6 to 12 points: the partition into seven is theirs. */
static void test_far_clusters(void)
{
    enum { CLUSTERS = 7, COLUMNS = 1 + CLUSTERS, N = 63 };
    float values[CLUSTERS];
    float points[N * COLUMNS];
    int found[CLUSTERS] = {0};
    struct random r = random_new(48);
    for (int i = 0, cluster = 0, left = 6; i < N; i++) {
        for (int c = 0; c < COLUMNS; c++)
            points[i * COLUMNS + c] = (float)random_normal(&r);
        points[i * COLUMNS + 1 + cluster] += 50;
        if (--left == 0)
            left = 6 + ++cluster;
    }
    for (int c = 0; c < CLUSTERS; c++)
        values[c] = -1;
    float *partitions = test_memory(partitions_size(COLUMNS) * sizeof *partitions);
    CU_ASSERT_EQUAL(partitions_build(points, values, N, COLUMNS, partitions), STRATA_OK);
    const float *clusters = partitions + partitions_offset(COLUMNS, CLUSTERS);
    for (int k = 0; k < CLUSTERS; k++) {
        const int size = (int)clusters[k * (1 + COLUMNS)];
        if (size >= 6 && size < 6 + CLUSTERS)
            found[size - 6]++;
    }
    for (int c = 0; c < CLUSTERS; c++)
        CU_ASSERT_EQUAL(found[c], 1);
    free(partitions);
}

/* --- Matchings --- */

/* Activations in `clusters` clusters of unequal size; the same centres in the order that `first`
 * and `step` give. */
static struct strata_space *clustered(struct random *random, int n, int clusters, int first,
                                      int step)
{
    enum { D = 6 };
    struct random centres = random_new(49);
    double centre[CLUSTERS_MAX][D];
    double *x = test_memory((size_t)n * D * sizeof *x);
    struct strata_space *space = test_memory(strata_space_size(n));
    for (int c = 0; c < clusters * D; c++)
        centre[c / D][c % D] = 10 * random_normal(&centres);
    for (int i = 0; i < n; i++) {
        const int c = (step * (int)sqrt(i * (double)clusters * clusters / n) + first) % clusters;
        for (int k = 0; k < D; k++)
            x[i * D + k] = centre[c][k] + 0.3 * random_normal(random);
    }
    CU_ASSERT_EQUAL_FATAL(strata_space_from_activations(space, x, n, D, EUCLIDEAN, BY_MEAN),
                          STRATA_OK);
    free(x);
    return space;
}

/* f of leading.h of the coupling of clusters that a matching stands for, by its definition; and its
 * core. */
static double value_by_definition(const struct quotients *q, const int *matching, double *core)
{
    const int columns = q->problem->stride;
    double coupling[CLUSTERS_MAX][CLUSTERS_MAX] = {{0}};
    double left_a[CLUSTERS_MAX];
    double left_b[CLUSTERS_MAX] = {0};
    double left = 0;
    for (int c = 0; c < q->count; c++) {
        const int d = matching[c];
        coupling[c][d] = fmin(q->a.mass[c], q->b.mass[d]);
        left_a[c] = q->a.mass[c] - coupling[c][d];
        left_b[d] = q->b.mass[d] - coupling[c][d];
        left += left_a[c];
    }
    memset(core, 0, (size_t)columns * columns * sizeof *core);
    for (int c = 0; c < q->count; c++) {
        for (int d = 0; d < q->count; d++) {
            const float *x = q->a.clusters + (size_t)c * (1 + columns) + 1;
            const float *y = q->b.clusters + (size_t)d * (1 + columns) + 1;
            coupling[c][d] += left > 0 ? left_a[c] * left_b[d] / left : 0;
            for (int i = 0; i < columns; i++) {
                for (int k = 0; k < columns; k++)
                    core[i * columns + k] += coupling[c][d] * x[i] * y[k];
            }
        }
    }
    double value = 2.0 * q->problem->n * core[0];
    for (int i = 1; i < columns; i++) {
        for (int k = 1; k < columns; k++) {
            const double weight = (double)q->problem->la[i - 1] * q->problem->lb[k - 1];
            value += core[i * columns + k] * core[i * columns + k] * weight;
            core[i * columns + k] *= weight;
        }
    }
    return value;
}

static int is_optimal(const struct quotients *q, const struct matching *matching)
{
    double core[(1 + COORDINATES_MAX) * (1 + COORDINATES_MAX)];
    int of[CLUSTERS_MAX];
    for (int c = 1; c < q->count; c++) {
        for (int d = 0; d < c; d++) {
            memcpy(of, matching->of, sizeof of);
            of[c] = matching->of[d];
            of[d] = matching->of[c];
            if (value_by_definition(q, of, core) > matching->value * (1 + 1e-4))
                return 0;
        }
    }
    return 1;
}

static void check_matching(const struct quotients *q, const struct matching *matching)
{
    const int columns = q->problem->stride;
    double expected[(1 + COORDINATES_MAX) * (1 + COORDINATES_MAX)];
    float core[(1 + COORDINATES_MAX) * (1 + COORDINATES_MAX)];
    const double value = value_by_definition(q, matching->of, expected);
    CU_ASSERT_DOUBLE_EQUAL(matching->value, value, 1e-4 * fabs(value));
    CU_ASSERT_TRUE(is_optimal(q, matching));
    matchings_core(q, matching->of, core);
    CU_ASSERT_EQUAL(core[0], q->problem->n);
    double size = 0;
    for (int k = 1 + columns; k < columns * columns; k++)
        size = fmax(size, fabs(expected[k]));
    for (int i = 1; i < columns; i++) {
        CU_ASSERT_EQUAL(core[i], 0);
        for (int k = 1; k < columns; k++)
            CU_ASSERT_DOUBLE_EQUAL(core[i * columns + k], expected[i * columns + k], 1e-5 * size);
    }
}

static void test_matchings(void)
{
    enum { N = 150, MOST = 5 };
    uint64_t random = 0;
    struct random r = random_new(50);
    struct strata_space *a = clustered(&r, N, 9, 0, 1);
    struct strata_space *b = clustered(&r, N, 9, 4, 2);
    struct workspace *w = workspace_new(N);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    workspace_begin(w, a, b, NULL, NULL);
    const struct leading finest = leading_cells(&w->outline_a, &w->outline_b, FINEST);
    for (int count = CLUSTERS_MIN; count <= CLUSTERS_MAX; count++) {
        struct matching best[MOST];
        const struct quotients quotients = quotients_of(w, &finest, count);
        const int found = matchings_search(&quotients, 20, MOST, &random, best);
        CU_ASSERT_TRUE(found >= 1 && found <= MOST);
        for (int k = 0; k < found; k++) {
            check_matching(&quotients, &best[k]);
            CU_ASSERT_TRUE(k == 0 || best[k].value <= best[k - 1].value);
            for (int l = 0; l < k; l++)
                CU_ASSERT_NOT_EQUAL(memcmp(best[k].of, best[l].of, sizeof best[k].of), 0);
        }
    }
    workspace_destroy(&w);
    free(a);
    free(b);
}

int main(void)
{
    const struct test_case cases[] = {{"partitions", test_partitions},
                                      {"clusters far apart", test_far_clusters},
                                      {"matchings by their definition", test_matchings}};
    return suite_run("matchings", cases, sizeof cases / sizeof *cases);
}
