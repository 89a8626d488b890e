/* Spectral clusters, k-means, adjusted Rand index. */
#include "agreement.h"
#include "clusters.h"
#include "kmeans.h"
#include "matrices.h"
#include "strata.h"
#include "suite.h"

#include <string.h>

static struct clusters_result find(const struct matrix *matrix, int32_t *label)
{
    struct clusters_result result = {-1, -1};
    CU_ASSERT_EQUAL(clusters_find(matrix->D, matrix->n, &clusters_defaults, label, &result),
                    STRATA_OK);
    return result;
}

static void test_agreement(void)
{
    const int32_t a[] = {0, 0, 0, 1, 1, 1};
    const int32_t same[] = {4, 4, 4, 2, 2, 2};
    const int32_t b[] = {0, 0, 1, 1, 2, 2}; /* S=2, A=6, B=3, E=18/15, M=9/2 */
    const int32_t one[] = {0, 0, 0, 0, 0, 0};
    const int32_t cross[] = {0, 1, 0, 1, 0, 1}; /* S=2, A=B=6, E=36/15, M=6 */
    const int32_t part[] = {0, 0, -1, -1, 1, 1};
    const int32_t none[] = {-1, -1, -1, -1, -1, 0};
    CU_ASSERT_DOUBLE_EQUAL(agreement(a, same, 6), 1, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(agreement(a, b, 6), (2 - 1.2) / (4.5 - 1.2), 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(agreement(b, a, 6), (2 - 1.2) / (4.5 - 1.2), 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(agreement(a, cross, 6), (2 - 2.4) / (6 - 2.4), 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(agreement(a, one, 6), 0, 1e-15);
    CU_ASSERT_EQUAL(agreement(one, one, 6), 1);
    CU_ASSERT_EQUAL(agreement(a, part, 6), 1);
    CU_ASSERT_TRUE(isnan(agreement(a, none, 6)));
    CU_ASSERT_TRUE(isnan(agreement(a, b, 1)));
}

static void test_order(void)
{
    int32_t label[] = {3, -1, 3, 0, 5, -7, 0};
    const int32_t expected[] = {0, -1, 0, 1, 2, -1, 1};
    CU_ASSERT_EQUAL(labels_in_order(label, 7), 3);
    CU_ASSERT_EQUAL(memcmp(label, expected, sizeof label), 0);
}

static void test_kmeans(void)
{
    const double x[] = {0, 0, 0.1, 0, 5, 5, 5.1, 5, 0, 9, 0, 9.1};
    int32_t label[6];
    double sum = kmeans(x, 6, 2, 3, label);
    CU_ASSERT_DOUBLE_EQUAL(sum, 3 * 0.005, 1e-12);
    CU_ASSERT_TRUE(label[0] == label[1] && label[2] == label[3] && label[4] == label[5]);
    CU_ASSERT_TRUE(label[0] != label[2] && label[2] != label[4] && label[0] != label[4]);
    const double same[] = {1, 1, 1};
    CU_ASSERT_EQUAL(kmeans(same, 3, 1, 2, label), 0);
}

static void test_blocks(void)
{
    uint64_t state = 1;
    struct matrix matrix;
    int32_t label[MOST_LAYERS];
    const int sizes[] = {7, 5, 8};
    const struct shape shape = {
        .scale = 0.15, .power = 0.5, .between = 0.85, .noise = 0.1, .sizes = sizes};
    for (int k = 0; k < 20; k++) {
        matrix_make(&matrix, 20, &shape, &state);
        struct clusters_result result = find(&matrix, label);
        CU_ASSERT_EQUAL(result.count, 3);
        CU_ASSERT_TRUE(result.score > 0.6);
        for (int i = 0; i < 20; i++)
            CU_ASSERT_EQUAL(label[i], group_of(&shape, i));
    }
}

/* Layers of one kind need not stand together. */
static void test_interleaved(void)
{
    uint64_t state = 2;
    struct matrix matrix;
    int32_t label[MOST_LAYERS];
    const struct shape shape = {.scale = 0.1, .power = 0.5, .interleaved = 1, .noise = 0.1};
    matrix_make(&matrix, 16, &shape, &state);
    struct clusters_result result = find(&matrix, label);
    CU_ASSERT_EQUAL(result.count, 2);
    for (int i = 0; i < 16; i++)
        CU_ASSERT_EQUAL(label[i], i % 2);
}

/* Two rings around each other: no centre tells them apart, neighbourhood does. */
static void test_rings(void)
{
    enum { inner = 24, outer = 40 };
    struct matrix matrix = {.n = inner + outer};
    int32_t label[MOST_LAYERS];
    double x[MOST_LAYERS];
    double y[MOST_LAYERS];
    for (int i = 0; i < matrix.n; i++) {
        double angle = 6.283185307179586 * i / (i < inner ? inner : outer);
        double radius = i < inner ? 1 : 4;
        x[i] = radius * cos(angle);
        y[i] = radius * sin(angle);
    }
    for (int i = 0; i < matrix.n; i++)
        for (int j = i; j < matrix.n; j++)
            matrix_set(&matrix, i, j, hypot(x[i] - x[j], y[i] - y[j]));
    CU_ASSERT_EQUAL(clusters_spectral(matrix.D, matrix.n, 2, label), STRATA_OK);
    for (int i = 0; i < matrix.n; i++)
        CU_ASSERT_EQUAL(label[i], i >= inner);
    CU_ASSERT_EQUAL(clusters_spectral(matrix.D, matrix.n, 0, label), STRATA_ARGUMENT);
    CU_ASSERT_EQUAL(clusters_spectral(matrix.D, matrix.n, 65, label), STRATA_ARGUMENT);
}

static void test_no_structure(void)
{
    enum { tries = 60 };
    const struct shape shapes[] = {
        {.base = 1, .noise = 0.1},
        {.base = 1, .noise = 0.3},
        {.scale = 1, .power = 1, .noise = 0.1},
        {.scale = 1, .power = 0.5, .noise = 0.1},
        {.base = 1, .scale = 0.005, .power = 1, .noise = 0.05},
    };
    for (int s = 0; s < 5; s++)
        for (int n = 8; n <= 24; n += 8) {
            uint64_t state = 3;
            struct matrix matrix;
            int32_t label[MOST_LAYERS];
            int grouped = 0;
            for (int k = 0; k < tries; k++) {
                matrix_make(&matrix, n, &shapes[s], &state);
                grouped += find(&matrix, label).count > 1;
            }
            CU_ASSERT_TRUE(grouped <= tries / 20);
        }
}

static void test_silhouette(void)
{
    /* layers at 0, 1, 5 on a line; {0, 1} and {5}: (5-1)/5, (4-1)/4, alone */
    const double D[] = {0, 1, 5, 1, 0, 4, 5, 4, 0};
    const int32_t label[] = {0, 0, 1};
    double sum[3];
    int cells[3];
    CU_ASSERT_DOUBLE_EQUAL(clusters_silhouette(D, 3, label, 2, sum, cells), (0.8 + 0.75) / 3,
                           1e-15);
}

static void test_edges(void)
{
    struct matrix matrix = {.n = 1};
    int32_t label[MOST_LAYERS];
    CU_ASSERT_EQUAL(find(&matrix, label).count, 1);
    CU_ASSERT_EQUAL(label[0], 0);
    matrix.n = 2;
    matrix_set(&matrix, 0, 1, 3);
    CU_ASSERT_EQUAL(find(&matrix, label).count, 1);
    matrix.n = 9;
    for (int value = 0; value < 2; value++) { /* all zero, all one */
        for (int i = 0; i < 9; i++)
            for (int j = 0; j < 9; j++)
                matrix.D[i * 9 + j] = i == j ? 0 : value;
        CU_ASSERT_EQUAL(find(&matrix, label).count, 1);
        CU_ASSERT_EQUAL(label[8], 0);
    }
    for (int k = 0; k < 81; k++)
        matrix.D[k] = k % 10 ? NAN : 0;
    CU_ASSERT_EQUAL(find(&matrix, label).count, 0);
    CU_ASSERT_EQUAL(label[4], -1);
}

/* Copies of a layer are at distance 0. */
static void test_copies_and_missing(void)
{
    struct matrix matrix = {.n = 10};
    int32_t label[MOST_LAYERS];
    for (int i = 0; i < 10; i++)
        for (int j = i; j < 10; j++)
            matrix_set(&matrix, i, j, (i < 5) == (j < 5) ? 0 : 1);
    matrix_set(&matrix, 0, 1, NAN);
    matrix_set(&matrix, 2, 7, NAN);
    for (int j = 0; j < 10; j++)
        if (j != 8)
            matrix_set(&matrix, 8, j, NAN);
    struct clusters_result result = find(&matrix, label);
    CU_ASSERT_EQUAL(result.count, 2);
    for (int i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(label[i], i == 8 ? -1 : i >= 5);
}

int main(void)
{
    const struct test_case cases[] = {
        {"adjusted Rand index by hand", test_agreement},
        {"labels by first appearance", test_order},
        {"k-means", test_kmeans},
        {"blocks", test_blocks},
        {"interleaved kinds", test_interleaved},
        {"rings", test_rings},
        {"noise and drift: at most 5 % are grouped", test_no_structure},
        {"silhouette by hand", test_silhouette},
        {"one, two, constant, all missing", test_edges},
        {"copies and missing cells", test_copies_and_missing},
    };
    return suite_run("clusters", cases, sizeof cases / sizeof *cases);
}
