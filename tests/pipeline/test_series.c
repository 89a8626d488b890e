/* The time series and the run over checkpoints, on a small made-up training. */
#include "matrices.h"
#include "series.h"
#include "subnets.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static struct results *new_results(int L, int T)
{
    struct results shape;
    memset(&shape, 0, sizeof shape);
    shape.layer_count = L;
    shape.checkpoint_count = T;
    shape.replicate_count = 1;
    shape.sample_count = 4;
    struct results *results = results_new(&shape);
    if (!results)
        abort();
    return results;
}

static void set(struct results *results, int t, int i, int j, double value)
{
    int L = results->layer_count;
    results->distance[((size_t)t * L + i) * L + j] = value;
    results->distance[((size_t)t * L + j) * L + i] = value;
}

static void test_by_hand(void)
{
    struct results *results = new_results(4, 2);
    const int32_t segments[] = {0, 0, 0, 0, 0, 0, 1, -1};
    const int32_t clusters[] = {0, 0, 0, 0, 0, 1, 1, -1};
    memcpy(results->segments, segments, sizeof segments);
    memcpy(results->clusters, clusters, sizeof clusters);
    for (int i = 0; i < 4; i++)
        for (int j = i; j < 4; j++) {
            set(results, 0, i, j, j - i);
            set(results, 1, i, j, j == 3 && i < 3 ? NAN : (j - i) * (j - i));
        }
    series_compute(results);
    CU_ASSERT_DOUBLE_EQUAL(results->mean_gw[0], 10.0 / 6, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(results->within_gw[0], 10.0 / 6, 1e-15);
    CU_ASSERT_TRUE(isnan(results->between_gw[0]));
    CU_ASSERT_EQUAL(results->contrast[0], 0);
    CU_ASSERT_TRUE(isnan(results->agreement_previous[0]));
    CU_ASSERT_EQUAL(results->agreement_last[0], 0);
    CU_ASSERT_EQUAL(results->cluster_agreement[0], 1);

    CU_ASSERT_DOUBLE_EQUAL(results->mean_gw[1], 2, 1e-15); /* 1, 1, 4 */
    CU_ASSERT_DOUBLE_EQUAL(results->within_gw[1], 1, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(results->between_gw[1], 2.5, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(results->contrast[1], 1.5 / 3.5, 1e-15);
    CU_ASSERT_EQUAL(results->agreement_previous[1], 0);
    CU_ASSERT_EQUAL(results->agreement_last[1], 1);
    CU_ASSERT_DOUBLE_EQUAL(results->cluster_agreement[1], -0.5, 1e-15);
    results_destroy(&results);
}

/* Groups of 6, 6 and 6 emerge from drift at the third of five checkpoints. */
static void test_training(void)
{
    enum { L = 18, T = 5 };
    uint64_t state = 1;
    struct fault fault = {0};
    struct results *results = new_results(L, T);
    for (int t = 0; t < T; t++) {
        struct matrix matrix;
        const struct shape shape = {.scale = 0.2,
                                    .power = 0.5,
                                    .between = t < 2 ? 0 : 0.7,
                                    .noise = 0.05,
                                    .sizes = (const int[]){6, 6, 6}};
        matrix_make(&matrix, L, &shape, &state);
        memcpy(results->distance + (size_t)t * L * L, matrix.D, sizeof(double) * L * L);
    }
    CU_ASSERT_EQUAL(subnets_find(results, &subnets_defaults, &fault), 0);
    series_compute(results);
    for (int t = 0; t < T; t++) {
        CU_ASSERT_EQUAL(results->segment_count[t], t < 2 ? 1 : 3);
        CU_ASSERT_EQUAL(results->cluster_count[t], t < 2 ? 1 : 3);
        CU_ASSERT_EQUAL(results->segments[t * L + 11], t < 2 ? 0 : 1);
        CU_ASSERT_EQUAL(results->agreement_last[t], t < 2 ? 0 : 1);
        CU_ASSERT_EQUAL(results->cluster_agreement[t], 1);
        CU_ASSERT_TRUE(t < 2 ? results->segment_p[t] > 0.05 : results->segment_p[t] <= 0.01);
        CU_ASSERT_TRUE(t < 2 ? results->contrast[t] == 0 : results->contrast[t] > 0.3);
        CU_ASSERT_TRUE(t < 2 ? results->segment_score[t] == 0 : results->segment_score[t] > 0.3);
        CU_ASSERT_TRUE((results->boundary_strength[t * (L - 1) + 5] > 0.2) == (t >= 2));
        CU_ASSERT_TRUE(fabs(results->boundary_strength[t * (L - 1) + 8]) < 0.2);
    }
    results_destroy(&results);
}

static void test_nothing(void)
{
    struct fault fault = {0};
    for (int L = 1; L <= 5; L += 2) {
        struct results *results = new_results(L, 2); /* all distances are NaN */
        CU_ASSERT_EQUAL(subnets_find(results, &subnets_defaults, &fault), 0);
        series_compute(results);
        CU_ASSERT_TRUE(isnan(results->mean_gw[0]) && isnan(results->within_gw[1]));
        CU_ASSERT_EQUAL(results->contrast[1], 0);
        CU_ASSERT_EQUAL(results->segments[0], L == 1 ? 0 : -1);
        CU_ASSERT_EQUAL(results->segment_count[1], L == 1);
        results_destroy(&results);
    }
}

int main(void)
{
    const struct test_case cases[] = {
        {"four layers by hand", test_by_hand},
        {"groups emerge in training", test_training},
        {"no values at all", test_nothing},
    };
    return suite_run("series", cases, sizeof cases / sizeof *cases);
}
