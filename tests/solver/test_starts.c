/* The search on coarse problems: moves give permutations, and the pool what it promises. */
#include "leading.h"
#include "moves.h"
#include "starts.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

enum { EUCLIDEAN, BY_MEAN = 0 };

/* Aligned to 64; without it there is no test. */
static void *test_memory(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
    return memory;
}

static int is_permutation(const int *permutation, int n)
{
    int *seen = test_memory((size_t)n * sizeof *seen);
    int good = 1;
    memset(seen, 0, (size_t)n * sizeof *seen);
    for (int k = 0; k < n && good; k++)
        good = permutation[k] >= 0 && permutation[k] < n && seen[permutation[k]]++ == 0;
    free(seen);
    return good;
}

static struct strata_space *random_space(uint64_t *random, int n, int d)
{
    double *x = test_memory((size_t)n * d * sizeof *x);
    struct strata_space *space = test_memory(strata_space_size(n));
    for (int k = 0; k < n * d; k++)
        x[k] = random_signed(random) + (k / d % 5) * (k % d); /* five clusters */
    CU_ASSERT_EQUAL_FATAL(strata_space_from_activations(space, x, n, d, EUCLIDEAN, BY_MEAN),
                          STRATA_OK);
    free(x);
    return space;
}

static void check_moves(struct workspace *w, const struct leading *problem)
{
    uint64_t random = 7;
    const size_t core = (size_t)problem->stride * problem->stride;
    float *one = test_memory(core * sizeof *one);
    for (int k = 0; k < 5; k++) {
        move_afresh(w, problem, &random, w->permutation);
        CU_ASSERT_TRUE(is_permutation(w->permutation, problem->n));
        leading_core(w, problem, problem->rank, w->permutation);
        memcpy(one, w->core, core * sizeof *one);
        move_mix(w, problem, &random, w->permutation);
        CU_ASSERT_TRUE(is_permutation(w->permutation, problem->n));
        move_exchange(w, problem, &random, w->permutation);
        CU_ASSERT_TRUE(is_permutation(w->permutation, problem->n));
        move_cross(w, problem, one, one, &random, w->permutation);
        CU_ASSERT_TRUE(is_permutation(w->permutation, problem->n));
    }
    free(one);
}

static void check_pool(struct workspace *w)
{
    const struct leading finest = leading_cells(&w->outline_a, &w->outline_b, FINEST);
    uint64_t random = 0;
    const struct search how = {40, 5, 4};
    starts_search(w, &how, &random);
    CU_ASSERT_TRUE(w->starts->count > 0 && w->starts->count <= POOL_MAX);
    for (int k = 0; k < w->starts->count; k++) {
        const struct start *start = &w->starts->starts[k];
        CU_ASSERT_TRUE(is_permutation(start->permutation, finest.n));
        CU_ASSERT_EQUAL(start->value, leading_core(w, &finest, finest.rank, start->permutation));
        CU_ASSERT_TRUE(k == 0 || start->value <= start[-1].value);
        starts_lift(w, start->core);
        CU_ASSERT_TRUE(is_permutation(w->permutation, w->n));
    }
}

static void test_search(void)
{
    static const int sizes[] = {2, 3, 5, 30, 60, 200, 300};
    uint64_t random = 45;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int n = sizes[s];
        struct strata_space *a = random_space(&random, n, 3);
        struct strata_space *b = random_space(&random, n, 4);
        struct workspace *w = workspace_new(n);
        CU_ASSERT_PTR_NOT_NULL_FATAL(w);
        workspace_begin(w, a, b, NULL, NULL);
        for (int k = 0; k < RESOLUTIONS; k++) {
            const struct leading problem = leading_cells(&w->outline_a, &w->outline_b, k);
            check_moves(w, &problem);
        }
        check_pool(w);
        workspace_destroy(&w);
        free(a);
        free(b);
    }
}

/* Eight clusters far apart, of other points on each side, whose distances fit one matching only:
 * the search finds it, and a lift keeps it. */
static void test_clusters_are_matched(void)
{
    enum { CLUSTERS = 8, EACH = 12, N = CLUSTERS * EACH, D = 8 };
    uint64_t random = 46;
    double centres[CLUSTERS][D];
    double x[2][N * D];
    for (int c = 0; c < CLUSTERS; c++) {
        for (int k = 0; k < D; k++)
            centres[c][k] = 10 * random_signed(&random);
    }
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < D; k++) {
            x[0][i * D + k] = centres[i % CLUSTERS][k] + 0.3 * random_signed(&random);
            x[1][i * D + k] = centres[(3 * i + 1) % CLUSTERS][k] + 0.3 * random_signed(&random);
        }
    }
    struct strata_space *a = test_memory(strata_space_size(N));
    struct strata_space *b = test_memory(strata_space_size(N));
    CU_ASSERT_EQUAL(strata_space_from_activations(a, x[0], N, D, EUCLIDEAN, BY_MEAN), STRATA_OK);
    CU_ASSERT_EQUAL(strata_space_from_activations(b, x[1], N, D, EUCLIDEAN, BY_MEAN), STRATA_OK);
    struct workspace *w = workspace_new(N);
    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    workspace_begin(w, a, b, NULL, NULL);
    const struct search how = {60, 20, 4};
    starts_search(w, &how, &random);
    starts_lift(w, w->starts->starts[0].core);
    for (int i = 0; i < N; i++)
        CU_ASSERT_EQUAL((3 * w->permutation[i] + 1) % CLUSTERS, i % CLUSTERS);
    workspace_destroy(&w);
    free(a);
    free(b);
}

int main(void)
{
    const struct test_case cases[] = {{"moves and pools", test_search},
                                      {"clusters are matched", test_clusters_are_matched}};
    return suite_run("starts", cases, sizeof cases / sizeof *cases);
}
