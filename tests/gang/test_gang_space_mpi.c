/* Spaces, losses and gradients over a gang, against those of one rank. */
#include "gang_internal.h"
#include "gang_loss.h"
#include "gangs.h"
#include "leading.h"
#include "loss.h"
#include "product.h"
#include "workspace.h"

/* n and d around the edges of tiles, blocks and portions; n smaller than the grid. */
static const struct {
    int n, d;
} shapes[] = {{2, 1}, {5, 3}, {31, 2}, {33, 64}, {64, 65}, {259, 130}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* Largest difference of this rank's rows, as a part of the largest distance. */
static double rows_differ(const struct gang *gang, const struct gang_space *space,
                          const struct strata_space *local)
{
    int n = strata_space_points(local);
    int first = 0;
    int count = 0;
    gang_rows(gang, &first, &count);
    const double *expected = strata_space_distances(local);
    double difference = 0;
    double largest = 0;
    for (size_t k = 0; k < (size_t)n * n; k++)
        largest = fmax(largest, expected[k]);
    for (size_t k = 0; k < (size_t)count * n; k++)
        difference = fmax(difference,
                          fabs(gang_space_distances(space)[k] - expected[(size_t)first * n + k]));
    return difference / largest;
}

static void test_distances(void)
{
    struct random r = random_new(1);
    for (int s = 0; s < SHAPES; s++) {
        int n = shapes[s].n;
        int d = shapes[s].d;
        struct gang *gang = NULL;
        CU_ASSERT_EQUAL_FATAL(gang_new(MPI_COMM_WORLD, n, &gang), STRATA_OK);
        for (int distance = EUCLIDEAN; distance <= CORRELATION; distance++) {
            double *x = random_points(&r, n, d);
            for (int k = 0; k < n * d; k++)
                x[k] += 100 * (k % d); /* far from the origin */
            if (n > 30)
                memcpy(x + (size_t)7 * d, x + (size_t)20 * d, (size_t)d * sizeof *x);
            for (int normalization = BY_MEAN; normalization <= BY_NOTHING; normalization++) {
                struct strata_space *local = space_new(x, n, d, distance, normalization);
                struct gang_space *space = gang_space_of(gang, x, d, distance, normalization);
                CU_ASSERT_EQUAL(space == NULL, local == NULL);
                if (space != NULL && local != NULL) {
                    CU_ASSERT_TRUE(rows_differ(gang, space, local) < 1e-11);
                    CU_ASSERT_DOUBLE_EQUAL(gang_space_scale(space) / strata_space_scale(local), 1,
                                           1e-11);
                }
                gang_space_destroy(&space);
                free(local);
            }
            free(x);
        }
        gang_destroy(&gang);
        CU_ASSERT_PTR_NULL(gang);
    }
}

static void test_loss(void)
{
    struct random r = random_new(2);
    for (int s = 0; s < SHAPES; s++) {
        int n = shapes[s].n;
        double *x = random_points(&r, n, 3);
        double *y = random_points(&r, n, 5);
        int *p = test_memory((size_t)n * sizeof *p);
        int *q = test_memory((size_t)n * sizeof *q);
        random_permutation(&r, p, n);
        random_permutation(&r, q, n);
        struct strata_space *la = space_new(x, n, 3, EUCLIDEAN, BY_MEAN);
        struct strata_space *lb = space_new(y, n, 5, EUCLIDEAN, BY_MEAN);
        struct gang *gang = NULL;
        CU_ASSERT_EQUAL_FATAL(gang_new(MPI_COMM_WORLD, n, &gang), STRATA_OK);
        struct gang_space *a = gang_space_of(gang, x, 3, EUCLIDEAN, BY_MEAN);
        struct gang_space *b = gang_space_of(gang, y, 5, EUCLIDEAN, BY_MEAN);
        CU_ASSERT_PTR_NOT_NULL_FATAL(a);
        CU_ASSERT_PTR_NOT_NULL_FATAL(b);
        double expected = strata_loss(la, lb, p);
        CU_ASSERT_DOUBLE_EQUAL(gang_loss(gang, a, b, p), expected, 1e-10 * expected);
        CU_ASSERT_DOUBLE_EQUAL(gang_frank_wolfe_gap(gang, a, b, p, q),
                               loss_frank_wolfe_gap(la, lb, p, q), 1e-10);
        CU_ASSERT_EQUAL(gang_frank_wolfe_gap(gang, a, b, p, p), 0);
        gang_space_destroy(&a);
        gang_space_destroy(&b);
        gang_destroy(&gang);
        free(la);
        free(lb);
        free(x);
        free(y);
        free(p);
        free(q);
    }
}

/* Largest difference of cost / (alpha beta) from the local solver's, as a part of its largest. */
static double costs_differ(const struct gang *gang, const struct workspace *w, double scale)
{
    const size_t n = (size_t)w->n;
    double difference = 0;
    double largest = 0;
    for (size_t k = 0; k < n * n; k++)
        largest = fmax(largest, fabsf(w->cost[k]));
    for (size_t k = 0; k < (size_t)gang->count * n; k++)
        difference =
            fmax(difference, fabs(gang->cost[k] / scale - w->cost[(size_t)gang->first * n + k]));
    return difference / largest;
}

/* From scratch and by updates, also when all points change. */
static void test_gradient(void)
{
    struct random r = random_new(3);
    for (int s = 0; s < SHAPES; s++) {
        int n = shapes[s].n;
        double *x = random_points(&r, n, 3);
        double *y = random_points(&r, n, 2);
        struct strata_space *la = space_new(x, n, 3, EUCLIDEAN, BY_MEAN);
        struct strata_space *lb = space_new(y, n, 2, EUCLIDEAN, BY_MEAN);
        struct workspace *w = workspace_new(n);
        struct gang *gang = NULL;
        CU_ASSERT_EQUAL_FATAL(gang_new(MPI_COMM_WORLD, n, &gang), STRATA_OK);
        struct gang_space *a = gang_space_of(gang, x, 3, EUCLIDEAN, BY_MEAN);
        struct gang_space *b = gang_space_of(gang, y, 2, EUCLIDEAN, BY_MEAN);
        workspace_begin(w, la, lb, NULL, NULL);
        random_permutation(&r, w->permutation, n);
        for (int step = 0; step < 4; step++) {
            memcpy(gang->permutation, w->permutation, (size_t)n * sizeof(int));
            product_update(gang, a, b, step == 0);
            w->cost_is_whole = 0;
            workspace_update_cost(w);
            CU_ASSERT_TRUE(costs_differ(gang, w, a->quantum * b->quantum) < 2e-6);
            if (step == 0) { /* a few points change, then all */
                int first = w->permutation[0];
                w->permutation[0] = w->permutation[n - 1];
                w->permutation[n - 1] = first;
            } else {
                random_permutation(&r, w->permutation, n);
            }
        }
        /* exact: as if it had come here directly */
        size_t bytes = (size_t)gang->local_rows * (size_t)gang->local_columns * sizeof(double);
        double *product = test_memory(bytes + 1);
        memcpy(product, gang->product, bytes);
        product_update(gang, a, b, 1);
        CU_ASSERT_EQUAL(memcmp(product, gang->product, bytes), 0);
        free(product);
        gang_space_destroy(&a);
        gang_space_destroy(&b);
        gang_destroy(&gang);
        workspace_destroy(&w);
        free(la);
        free(lb);
        free(x);
        free(y);
    }
}

/* Where all eigenpairs are at hand, what the leading steps maximise falls as n^2/2 times the loss
 * rises, in units. */
static void test_leading(void)
{
    enum { n = SPECTRUM_RANK + 1, d = 5, columns = SPECTRUM_RANK + 1 };
    struct random r = random_new(4);
    double *x = random_points(&r, n, d);
    double *y = random_points(&r, n, d);
    for (int i = 0; i < n; i++)
        y[(size_t)i * d] *= 1 + 5.0 * i / n; /* row means of all sizes */
    struct gang *gang = NULL;
    CU_ASSERT_EQUAL_FATAL(gang_new(MPI_COMM_WORLD, n, &gang), STRATA_OK);
    struct gang_space *a = gang_space_of(gang, x, d, EUCLIDEAN, BY_MAX);
    struct gang_space *b = gang_space_of(gang, y, d, EUCLIDEAN, BY_NOTHING);
    CU_ASSERT_PTR_NOT_NULL_FATAL(a);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b);
    const struct leading whole = {n,          n,         columns,   a->vectors,
                                  b->vectors, a->values, b->values, SPECTRUM_RANK};
    float rows[n * columns];
    float core[columns * columns];
    double f[2];
    double loss[2];
    for (int k = 0; k < 2; k++) {
        int p[n];
        random_permutation(&r, p, n);
        f[k] = leading_sum(&whole, SPECTRUM_RANK, p, rows, core);
        loss[k] = gang_loss(gang, a, b, p);
    }
    double expected = (loss[0] - loss[1]) * n * n / 2 / a->unit / b->unit;
    CU_ASSERT_TRUE(fabs(expected) > 1);
    CU_ASSERT_DOUBLE_EQUAL(f[1] - f[0], expected, 1e-3 * fabs(expected));
    gang_space_destroy(&a);
    gang_space_destroy(&b);
    gang_destroy(&gang);
    free(x);
    free(y);
}

int main(int argc, char **argv)
{
    const struct test_case cases[] = {
        {"distances", test_distances},
        {"loss and gap", test_loss},
        {"gradient", test_gradient},
        {"leading part", test_leading},
    };
    return gang_suite_run("gang spaces", cases, sizeof cases / sizeof *cases, &argc, &argv);
}
