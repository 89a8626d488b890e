#include "points.h"
#include "suite.h"

#include <math.h>

/* --- Definitions, straight ---------------------------------------------------------------------*/

static double naive_squared(const double *x, const double *y, int d)
{
    long double sum = 0;
    for (int c = 0; c < d; c++)
        sum += ((long double)x[c] - y[c]) * ((long double)x[c] - y[c]);
    return (double)sum;
}

/* 1 - cos of the rows less their shifts, as half the squared difference of unit vectors; 1 from
 * rows of zeros to others, 0 among them. */
static double naive_angular(const double *x, const double *y, int d, long double mx, long double my)
{
    long double xx = 0;
    long double yy = 0;
    long double sum = 0;
    for (int c = 0; c < d; c++) {
        xx += (x[c] - mx) * (x[c] - mx);
        yy += (y[c] - my) * (y[c] - my);
    }
    if (xx == 0 || yy == 0)
        return xx == 0 && yy == 0 ? 0 : 1;
    for (int c = 0; c < d; c++) {
        long double difference = (x[c] - mx) / sqrtl(xx) - (y[c] - my) / sqrtl(yy);
        sum += difference * difference;
    }
    return (double)(sum / 2);
}

static long double mean(const double *x, int d)
{
    long double sum = 0;
    for (int c = 0; c < d; c++)
        sum += x[c];
    return sum / d;
}

static double naive(int distance, const double *x, const double *y, int d)
{
    switch (distance) {
    case EUCLIDEAN:
        return sqrt(naive_squared(x, y, d));
    case SQEUCLIDEAN:
        return naive_squared(x, y, d);
    case COSINE:
        return naive_angular(x, y, d, 0, 0);
    default:
        return naive_angular(x, y, d, mean(x, d), mean(y, d));
    }
}

/* Whether the space holds the definition to a relative and an absolute error, symmetric, with a
 * zero diagonal. Errors are of the distances before they were normalised. */
static int holds(const struct strata_space *space, int distance, const double *x, int d,
                 double relative, double absolute)
{
    const double *D = strata_space_distances(space);
    const double scale = strata_space_scale(space);
    const int n = strata_space_points(space);
    int good = 1;
    for (int i = 0; i < n; i++) {
        good = good && D[(size_t)i * n + i] == 0;
        for (int k = 0; k < i; k++) {
            double expected = naive(distance, x + (size_t)i * d, x + (size_t)k * d, d);
            double value = scale * D[(size_t)i * n + k];
            good = good && D[(size_t)i * n + k] == D[(size_t)k * n + i] && value >= 0;
            if (!(fabs(value - expected) <= relative * expected + absolute)) {
                printf("\n    %s [%d,%d]: %.17g, expected %.17g", strata_distance_names[distance],
                       i, k, value, expected);
                good = 0;
            }
        }
    }
    return good;
}

static int agrees(int distance, const double *x, int n, int d, double relative, double absolute)
{
    struct strata_space *space = space_new(x, n, d, distance, BY_NOTHING);
    CU_ASSERT_PTR_NOT_NULL_FATAL(space);
    int good = holds(space, distance, x, d, relative, absolute);
    free(space);
    return good;
}

/* --- Cases ------------------------------------------------------------------------------------ */

static void test_definitions(void)
{
    static const int shapes[][2] = {{2, 1}, {2, 2}, {5, 3}, {17, 40}, {64, 7}, {65, 129}};
    struct random r = random_new(1);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        int n = shapes[s][0];
        int d = shapes[s][1];
        double *x = random_points(&r, n, d);
        for (int distance = EUCLIDEAN; distance <= CORRELATION; distance++)
            if (d > 2 || distance <= SQEUCLIDEAN)
                CU_ASSERT_TRUE(agrees(distance, x, n, d, 1e-11, 1e-13));
        free(x);
    }
}

/* Pairs at 1e-9 of each other, a million away from zero: |x|^2 + |y|^2 - 2 <x, y> has no correct
 * digit here, the difference of the rows has six. */
static void test_near_identical_rows(void)
{
    enum { n = 30, d = 12 };
    struct random r = random_new(2);
    double *x = random_points(&r, n, d);
    for (int c = 0; c < d; c++) {
        for (int i = 0; i < n; i++)
            x[i * d + c] += 1e6;
        for (int i = 1; i < n; i += 2)
            x[i * d + c] = x[(i - 1) * d + c] + 1e-9 * random_normal(&r);
        x[5 * d + c] = x[4 * d + c]; /* and one exact duplicate */
    }
    CU_ASSERT_TRUE(agrees(EUCLIDEAN, x, n, d, 1e-6, 0));
    CU_ASSERT_TRUE(agrees(SQEUCLIDEAN, x, n, d, 2e-6, 0));
    /* 1 - cos is 1e-13 between pairs, and less than unit vectors can hold within one */
    CU_ASSERT_TRUE(agrees(COSINE, x, n, d, 1e-7, 1e-29));
    free(x);
}

/* Pairs at all degrees of nearness: wherever the formula by products starts to lose digits, the
 * difference has to take over. */
static void test_nearness(void)
{
    enum { n = 48, d = 10 };
    struct random r = random_new(9);
    double *x = random_points(&r, n, d);
    for (int i = 1; i < n; i += 2)
        for (int c = 0; c < d; c++)
            x[i * d + c] = x[(i - 1) * d + c] * (1 + pow(10, -i / 6.0) * random_normal(&r));
    CU_ASSERT_TRUE(agrees(EUCLIDEAN, x, n, d, 1e-11, 1e-15));
    CU_ASSERT_TRUE(agrees(SQEUCLIDEAN, x, n, d, 1e-11, 1e-23));
    CU_ASSERT_TRUE(agrees(COSINE, x, n, d, 1e-9, 1e-21));
    CU_ASSERT_TRUE(agrees(CORRELATION, x, n, d, 1e-9, 1e-21));
    free(x);
}

static void test_duplicates(void)
{
    enum { n = 20, d = 9 };
    struct random r = random_new(3);
    double *x = random_points(&r, n, d);
    for (int k = 0; k < n / 2 * d; k++)
        x[n / 2 * d + k] = x[k];
    for (int distance = EUCLIDEAN; distance <= CORRELATION; distance++) {
        struct strata_space *space = space_new(x, n, d, distance, BY_MEAN);
        const double *D = strata_space_distances(space);
        for (int i = 0; i < n / 2; i++)
            CU_ASSERT_EQUAL(D[i * n + i + n / 2], 0);
        free(space);
    }
    free(x);
}

/* Rows without a direction; and directions that do not depend on length, sign or shift. */
static void test_angular(void)
{
    enum { n = 8, d = 3 };
    const double x[n * d] = {0,  0,  0,  /**/ 0, 0, 0, /**/ 1, 2, 3, /**/ 2,   4,   6,
                             -1, -2, -3, /**/ 7, 7, 7, /**/ 0, 5, 0, /**/ 101, 102, 103};
    struct strata_space *space = space_new(x, n, d, COSINE, BY_NOTHING);
    const double *D = strata_space_distances(space);
    CU_ASSERT_EQUAL(D[0 * n + 1], 0); /* zero row to zero row */
    for (int k = 2; k < n; k++)
        CU_ASSERT_EQUAL(D[k * n], 1);
    CU_ASSERT_DOUBLE_EQUAL(D[2 * n + 3], 0, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(D[2 * n + 4], 2, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(D[2 * n + 6], 1 - 2 / sqrt(14), 1e-15);
    free(space);

    space = space_new(x, n, d, CORRELATION, BY_NOTHING);
    D = strata_space_distances(space);
    CU_ASSERT_EQUAL(D[0 * n + 5], 0); /* zero row to constant row */
    for (int k = 2; k < n; k++)
        CU_ASSERT_EQUAL(D[k * n + 5], k == 5 ? 0 : 1);
    CU_ASSERT_DOUBLE_EQUAL(D[2 * n + 3], 0, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(D[2 * n + 7], 0, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(D[2 * n + 4], 2, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(D[2 * n + 6], 1, 1e-15);
    free(space);
}

/* A constant row whose mean is not representable must not be taken for a direction. */
static void test_constant_rows(void)
{
    enum { n = 12, d = 7 };
    struct random r = random_new(4);
    double *x = random_points(&r, n, d);
    for (int c = 0; c < d; c++) {
        x[0 * d + c] = 0.1;
        x[1 * d + c] = 1e8 / 3;
        x[2 * d + c] = -1e-8 / 3;
    }
    struct strata_space *space = space_new(x, n, d, CORRELATION, BY_NOTHING);
    const double *D = strata_space_distances(space);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < n; k++)
            CU_ASSERT_EQUAL(D[i * n + k], k >= 3);
    free(space);
    free(x);
}

static void test_one_dimension(void)
{
    enum { n = 5 };
    const double x[n] = {3, -1, 3, 0, 2.5};
    struct strata_space *space = space_new(x, n, 1, EUCLIDEAN, BY_NOTHING);
    for (int k = 0; k < n * n; k++)
        CU_ASSERT_DOUBLE_EQUAL(strata_space_distances(space)[k], fabs(x[k / n] - x[k % n]), 1e-15);
    free(space);
    const double direction[n][n] = {
        {0, 2, 0, 1, 0}, {2, 0, 2, 1, 2}, {0, 2, 0, 1, 0}, {1, 1, 1, 0, 1}, {0, 2, 0, 1, 0}};
    space = space_new(x, n, 1, COSINE, BY_NOTHING);
    for (int k = 0; k < n * n; k++)
        CU_ASSERT_EQUAL(strata_space_distances(space)[k], direction[k / n][k % n]);
    free(space);
}

/* The ranges of single precision, where networks that diverge end. */
static void test_extreme_scales(void)
{
    enum { n = 20, d = 6 };
    static const double scales[] = {1e-38, 1e-20, 1e20, 1e38};
    struct random r = random_new(5);
    double *x = random_points(&r, n, d);
    double *y = test_memory(n * d * sizeof *y);
    for (int s = 0; s < 4; s++) {
        for (int k = 0; k < n * d; k++)
            y[k] = scales[s] * x[k];
        for (int distance = EUCLIDEAN; distance <= CORRELATION; distance++) {
            double unit = distance == EUCLIDEAN     ? scales[s]
                          : distance == SQEUCLIDEAN ? scales[s] * scales[s]
                                                    : 1;
            struct strata_space *space = space_new(y, n, d, distance, BY_MEAN);
            CU_ASSERT_PTR_NOT_NULL_FATAL(space);
            CU_ASSERT_TRUE(holds(space, distance, y, d, 1e-11, 1e-13 * unit));
            free(space);
        }
    }
    free(x);
    free(y);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What NumPy's C.mean(), C.max() and median(C) say, over all n^2 entries. */
static void test_normalizations(void)
{
    struct random r = random_new(6);
    for (int n = 2; n < 40; n += 1 + n / 4) {
        double *x = random_points(&r, n, 3);
        struct strata_space *plain = space_new(x, n, 3, EUCLIDEAN, BY_NOTHING);
        const double *D = strata_space_distances(plain);
        CU_ASSERT_EQUAL(strata_space_scale(plain), 1);
        int count = n * n;
        double *sorted = test_memory((size_t)count * sizeof *sorted);
        double expected[3] = {0};
        for (int k = 0; k < count; k++) {
            sorted[k] = D[k];
            expected[BY_MEAN] += D[k] / count;
        }
        qsort(sorted, (size_t)count, sizeof *sorted, by_value);
        expected[BY_MAX] = sorted[count - 1];
        expected[BY_MEDIAN] =
            count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
        for (int how = BY_MEAN; how <= BY_MEDIAN; how++) {
            struct strata_space *space = space_new(x, n, 3, EUCLIDEAN, how);
            double scale = strata_space_scale(space);
            CU_ASSERT_DOUBLE_EQUAL(scale, expected[how], 1e-14);
            for (int k = 0; k < count; k++)
                CU_ASSERT_EQUAL(strata_space_distances(space)[k], D[k] / scale);
            free(space);
        }
        free(sorted);
        free(plain);
        free(x);
    }
}

static void test_names(void)
{
    static const char *const distances[] = {"euclidean", "sqeuclidean", "cosine", "correlation",
                                            "geodesic"};
    static const char *const scales[] = {"mean", "max", "median", "none"};
    for (int k = 0; k < 5; k++)
        CU_ASSERT_STRING_EQUAL(strata_distance_names[k], distances[k]);
    for (int k = 0; k < 4; k++)
        CU_ASSERT_STRING_EQUAL(strata_normalization_names[k], scales[k]);
    CU_ASSERT_PTR_NULL(strata_distance_names[5]);
    CU_ASSERT_PTR_NULL(strata_normalization_names[4]);
    CU_ASSERT_STRING_EQUAL(strata_status_name(STRATA_NOT_SYMMETRIC), "not-symmetric");
    CU_ASSERT_STRING_EQUAL(strata_status_name(77), "unknown");
    CU_ASSERT_PTR_NOT_NULL(strata_status_text(77));
}

/* --- Refusals --------------------------------------------------------------------------------- */

static void test_bad_arguments(void)
{
    double x[6] = {1, 2, 3, 4, 5, 7};
    struct strata_space *s = test_memory(strata_space_size(3));
    CU_ASSERT_EQUAL(strata_space_size(1), 0);
    CU_ASSERT_EQUAL(strata_space_size(-1), 0);
    CU_ASSERT_EQUAL(strata_space_size(0x7fffffff), 0);
    CU_ASSERT_TRUE(strata_space_size(1000) >= 12000000);
    CU_ASSERT_EQUAL(strata_space_from_activations(s, x, 3, 2, 0, 0), STRATA_OK);
    CU_ASSERT_EQUAL(strata_space_points(s), 3);
    CU_ASSERT_EQUAL(strata_space_from_activations(NULL, x, 3, 2, 0, 0), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_activations(s, NULL, 3, 2, 0, 0), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_activations(s, x, 1, 2, 0, 0), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_activations(s, x, 3, 0, 0, 0), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_activations(s, x, 3, 2, 5, 0), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_activations(s, x, 3, 2, -1, 0), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_activations(s, x, 3, 2, 0, 4), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_activations(s, x, 3, 2, 0, -1), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_distances(NULL, x, 2, 0), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_distances(s, NULL, 2, 0), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_distances(s, x, 2, 4), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(strata_space_from_distances(s, x, 1, 0), STRATA_ARGUMENT);
    free(s);
}

static void test_bad_activations(void)
{
    enum { n = 9, d = 4 };
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    struct random r = random_new(7);
    double *x = random_points(&r, n, d);
    struct strata_space *s = test_memory(strata_space_size(n));
    for (int distance = EUCLIDEAN; distance <= CORRELATION; distance++) {
        for (int b = 0; b < 3; b++) {
            int where = random_below(&r, n * d);
            double kept = x[where];
            x[where] = bad[b];
            CU_ASSERT_EQUAL(strata_space_from_activations(s, x, n, d, distance, BY_MEAN),
                            STRATA_NOT_FINITE);
            x[where] = kept;
        }
    }
    static const double units[] = {1e200, 1e130, 1e-110, 1e-200};
    static const int statuses[] = {STRATA_OVERFLOW, STRATA_OK, STRATA_OK, STRATA_UNDERFLOW};
    for (int u = 0; u < 4; u++) {
        double *scaled = test_memory(n * d * sizeof *scaled);
        for (int k = 0; k < n * d; k++)
            scaled[k] = x[k] * units[u];
        for (int distance = EUCLIDEAN; distance <= CORRELATION; distance++) {
            const int status = distance <= SQEUCLIDEAN ? statuses[u] : STRATA_OK;
            CU_ASSERT_EQUAL(strata_space_from_activations(s, scaled, n, d, distance, BY_MEAN),
                            status);
        }
        free(scaled);
    }
    for (int k = 0; k < n * d; k++)
        x[k] = 0.1 + k % d;
    for (int distance = EUCLIDEAN; distance <= CORRELATION; distance++)
        for (int how = BY_MEAN; how <= BY_NOTHING; how++)
            CU_ASSERT_EQUAL(strata_space_from_activations(s, x, n, d, distance, how),
                            STRATA_CONSTANT);
    /* more than half of all pairs coincide: there is no median to divide by */
    x[0] = 2;
    CU_ASSERT_EQUAL(strata_space_from_activations(s, x, n, d, EUCLIDEAN, BY_MEDIAN),
                    STRATA_CONSTANT);
    CU_ASSERT_EQUAL(strata_space_from_activations(s, x, n, d, EUCLIDEAN, BY_MEAN), STRATA_OK);
    free(s);
    free(x);
}

/* One wrong entry of an otherwise good matrix. */
static int status_with(double *D, int n, int where, double value)
{
    struct strata_space *s = test_memory(strata_space_size(n));
    double kept = D[where];
    D[where] = value;
    int status = strata_space_from_distances(s, D, n, BY_MEAN);
    D[where] = kept;
    free(s);
    return status;
}

static void test_bad_distances(void)
{
    double D[] = {0, 1, 2, 1, 0, 3, 2, 3, 0};
    CU_ASSERT_EQUAL(status_with(D, 3, 0, 0), STRATA_OK);
    for (int k = 0; k < 9; k++) {
        CU_ASSERT_EQUAL(status_with(D, 3, k, NAN), STRATA_NOT_FINITE);
        CU_ASSERT_EQUAL(status_with(D, 3, k, INFINITY), STRATA_NOT_FINITE);
        CU_ASSERT_EQUAL(status_with(D, 3, k, k % 4 ? 5 : 1),
                        k % 4 ? STRATA_NOT_SYMMETRIC : STRATA_NEGATIVE);
    }
    CU_ASSERT_EQUAL(status_with(D, 3, 4, -1e-300), STRATA_NEGATIVE);
    CU_ASSERT_EQUAL(status_with(D, 3, 1, 1 + 1e-12), STRATA_OK); /* rounding is not asymmetry */
    const double negative[] = {0, -1, -1, 0};
    const double zero[] = {0, 0, 0, 0};
    struct strata_space *s = test_memory(strata_space_size(2));
    CU_ASSERT_EQUAL(strata_space_from_distances(s, negative, 2, BY_MEAN), STRATA_NEGATIVE);
    CU_ASSERT_EQUAL(strata_space_from_distances(s, zero, 2, BY_MEAN), STRATA_CONSTANT);
    CU_ASSERT_EQUAL(strata_space_from_distances(s, zero, 2, BY_NOTHING), STRATA_CONSTANT);
    free(s);
}

/* --- The block -------------------------------------------------------------------------------- */

/* From points, from their distances, once more: the same bytes. */
static void test_same_bytes(void)
{
    static const int sizes[] = {2, 3, 33, 64, 65, 130};
    struct random r = random_new(8);
    for (int s = 0; s < 6; s++) {
        int n = sizes[s];
        double *x = random_points(&r, n, 5);
        struct strata_space *plain = space_new(x, n, 5, EUCLIDEAN, BY_NOTHING);
        struct strata_space *b = test_memory(strata_space_size(n));
        for (int how = BY_MEAN; how <= BY_NOTHING; how++) {
            struct strata_space *a = space_new(x, n, 5, EUCLIDEAN, how);
            CU_ASSERT_EQUAL(strata_space_from_distances(b, strata_space_distances(plain), n, how),
                            STRATA_OK);
            CU_ASSERT_EQUAL(memcmp(a, b, strata_space_size(n)), 0);
            free(a);
        }
        free(x);
        free(plain);
        free(b);
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"definitions", test_definitions},
        {"near-identical rows far from zero", test_near_identical_rows},
        {"all degrees of nearness", test_nearness},
        {"duplicates are at distance zero", test_duplicates},
        {"rows without direction", test_angular},
        {"constant rows under correlation", test_constant_rows},
        {"one dimension", test_one_dimension},
        {"scales of single precision", test_extreme_scales},
        {"normalisations", test_normalizations},
        {"names", test_names},
        {"bad arguments", test_bad_arguments},
        {"bad activations", test_bad_activations},
        {"bad distance matrices", test_bad_distances},
        {"the same bytes", test_same_bytes},
    };
    return suite_run("distance", cases, sizeof cases / sizeof *cases);
}
