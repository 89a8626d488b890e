/* From records to matrices: means and errors over replicates, failures, order. */
#include "inputs.h"
#include "numerics.h"
#include "random.h"
#include "reduce.h"
#include "sample.h"
#include "strata.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { L = 5, T = 3, R = 4, PAIRS = L * (L - 1) / 2 };

static struct plan plan;

static double loss_of(struct pair pair)
{
    return 1 + pair.i + 10 * pair.j + 0.125 * pair.frame * (pair.i + 1);
}

static struct pair_record record_of(struct pair pair)
{
    const double loss = loss_of(pair);
    return (struct pair_record){.pair = pair,
                                .start = 1 + pair.frame % 3,
                                .iterations = 2 + pair.frame,
                                .swaps = pair.i,
                                .loss = loss,
                                .identity_loss = 2 * loss,
                                .lower_bound = loss / 2,
                                .gap = 0.5,
                                .seconds = 0.25};
}

static struct records all_records(void)
{
    struct records records = {0};
    struct fault fault = {0};
    for (int frame = 0; frame < R * T; frame++) {
        for (int64_t k = 0; k < PAIRS; k++) {
            struct pair_record record = record_of(plan_pair(&plan, frame, k));
            records_add(&records, &record, &fault);
        }
    }
    CU_ASSERT_EQUAL(fault.status, 0);
    CU_ASSERT_EQUAL(records.count, R * T * PAIRS);
    return records;
}

static struct results *reduced(const struct records *records, int64_t failed)
{
    const struct results shape = {
        .layer_count = L, .checkpoint_count = T, .replicate_count = R, .sample_count = 2};
    struct results *results = results_new(&shape);
    struct fault fault = {0};
    CU_ASSERT_EQUAL(records_reduce(records, &plan, results, &fault), failed);
    CU_ASSERT_EQUAL(fault.status, 0);
    return results;
}

static size_t cell_of(int matrix, int i, int j)
{
    return ((size_t)matrix * L + (size_t)i) * L + (size_t)j;
}

static void check_cell(const struct results *results, int t, int i, int j)
{
    double mean = 0;
    double distance = 0;
    double squares = 0;
    int iterations = 0;
    const size_t cell = cell_of(t, i, j);
    for (int r = 0; r < R; r++) {
        const struct pair pair = {r * T + t, i < j ? i : j, i < j ? j : i};
        const double loss = loss_of(pair);
        mean += loss / R;
        distance += 0.5 * sqrt(loss) / R;
        iterations += 2 + pair.frame;
        CU_ASSERT_EQUAL(results->replicate_loss[cell_of(r * T + t, i, j)], loss);
    }
    for (int r = 0; r < R; r++) {
        const struct pair pair = {r * T + t, i < j ? i : j, i < j ? j : i};
        squares += pow(loss_of(pair) - mean, 2);
    }
    CU_ASSERT_DOUBLE_EQUAL(results->loss[cell], mean, 1e-12 * mean);
    CU_ASSERT_DOUBLE_EQUAL(results->loss_stderr[cell], sqrt(squares / (R - 1) / R), 1e-12 * mean);
    CU_ASSERT_DOUBLE_EQUAL(results->distance[cell], distance, 1e-12 * mean);
    CU_ASSERT_DOUBLE_EQUAL(results->identity_loss[cell], 2 * mean, 1e-12 * mean);
    CU_ASSERT_DOUBLE_EQUAL(results->lower_bound[cell], mean / 2, 1e-12 * mean);
    CU_ASSERT_EQUAL(results->seconds[cell], 0.25 * R);
    CU_ASSERT_EQUAL(results->iterations[cell], iterations);
    CU_ASSERT_EQUAL(results->status[cell], PAIR_OK);
    CU_ASSERT_EQUAL(results->loss[cell], results->loss[cell_of(t, j, i)]);
}

static void test_means(void)
{
    struct records records = all_records();
    struct results *results = reduced(&records, 0);
    for (int t = 0; t < T; t++) {
        for (int i = 0; i < L; i++) {
            CU_ASSERT_EQUAL(results->loss[cell_of(t, i, i)], 0);
            for (int j = 0; j < L; j++) {
                if (i != j)
                    check_cell(results, t, i, j);
            }
        }
    }
    results_destroy(&results);
    records_reset(&records);
}

/* The standard error is that of inputs at large, however much of a file each draw takes: losses
 * that are means of n numbers out of N, which are random ones of a known mean. */
static void test_shared_rows(void)
{
    enum { N = 20, n = 12, TRIALS = 4000 };
    uint64_t random = 5;
    double expected = 0;
    double reported = 0;
    plan.shared = (double)n / N;
    for (int trial = 0; trial < TRIALS; trial++) {
        struct records records = {0};
        struct fault fault = {0};
        double population[N];
        for (int k = 0; k < N; k++)
            population[k] = random_unit(&random) - 0.5;
        for (int r = 0; r < R; r++) {
            struct pair_record record = record_of((struct pair){r * T, 0, 1});
            int64_t rows[n];
            sample_rows((uint64_t)trial, (uint64_t)r, N, n, rows);
            record.loss = 1;
            for (int k = 0; k < n; k++)
                record.loss += population[rows[k]] / n;
            records_add(&records, &record, &fault);
        }
        struct results *results = reduced(&records, T * PAIRS - 1);
        expected += pow(results->loss[cell_of(0, 0, 1)] - 1, 2) / TRIALS;
        reported += pow(results->loss_stderr[cell_of(0, 0, 1)], 2) / TRIALS;
        results_destroy(&results);
        records_reset(&records);
    }
    plan.shared = 0;
    CU_ASSERT_DOUBLE_EQUAL(reported / expected, 1, 0.1);
}

/* Who solved what, and when, must not show in the last bit. */
static void test_order(void)
{
    struct records records = all_records();
    for (int64_t k = 0; k < records.count; k++)
        records.items[k].loss = 1.0 / (3 + (double)k); /* sums that round */
    struct results *results = reduced(&records, 0);
    uint64_t state = 1;
    for (int round = 0; round < 20; round++) {
        for (int64_t k = records.count - 1; k > 0; k--) {
            int64_t other = (int64_t)(random_next(&state) % (uint64_t)(k + 1));
            struct pair_record kept = records.items[k];
            records.items[k] = records.items[other];
            records.items[other] = kept;
        }
        struct results *again = reduced(&records, 0);
        const size_t bytes = sizeof(double) * T * L * L;
        CU_ASSERT_EQUAL(memcmp(results->loss, again->loss, bytes), 0);
        CU_ASSERT_EQUAL(memcmp(results->loss_stderr, again->loss_stderr, bytes), 0);
        CU_ASSERT_EQUAL(memcmp(results->distance, again->distance, bytes), 0);
        CU_ASSERT_EQUAL(memcmp(results->replicate_loss, again->replicate_loss, R * bytes), 0);
        CU_ASSERT_EQUAL(memcmp(results->start, again->start, sizeof(int32_t) * T * L * L), 0);
        results_destroy(&again);
    }
    results_destroy(&results);
    records_reset(&records);
}

/* One failed replicate: the cell has no value but a reason, the other replicates keep theirs. */
static void test_failure(void)
{
    struct records records = all_records();
    const struct pair failed = {2 * T + 1, 1, 3};
    for (int64_t k = 0; k < records.count; k++) {
        struct pair_record *record = &records.items[k];
        if (memcmp(&record->pair, &failed, sizeof failed) == 0) {
            record->status = pair_status_of(STRATA_CONSTANT); /* what numbers it has, nobody sees */
        }
    }
    struct results *results = reduced(&records, 1);
    static const int sides[2][2] = {{1, 3}, {3, 1}};
    for (int side = 0; side < 2; side++) {
        const int i = sides[side][0];
        const int j = sides[side][1];
        const size_t cell = cell_of(1, i, j);
        CU_ASSERT(isnan(results->loss[cell]) && isnan(results->distance[cell]));
        CU_ASSERT(isnan(results->loss_stderr[cell]) && isnan(results->lower_bound[cell]));
        CU_ASSERT_STRING_EQUAL(pair_status_names[results->status[cell]], "constant");
        CU_ASSERT(isnan(results->replicate_loss[cell_of(2 * T + 1, i, j)]));
        CU_ASSERT(isnan(results->replicate_identity_loss[cell_of(2 * T + 1, i, j)]));
        CU_ASSERT(isnan(results->replicate_lower_bound[cell_of(2 * T + 1, i, j)]));
        CU_ASSERT_EQUAL(results->replicate_status[cell_of(2 * T + 1, i, j)], results->status[cell]);
        CU_ASSERT_EQUAL(results->replicate_status[cell_of(1, i, j)], PAIR_OK);
        CU_ASSERT_EQUAL(results->replicate_loss[cell_of(1, i, j)], loss_of((struct pair){1, 1, 3}));
    }
    check_cell(results, 0, 1, 3);
    check_cell(results, 1, 1, 2);
    check_cell(results, 2, 3, 1);
    results_destroy(&results);
    records_reset(&records);
}

/* A solver that fails on the way leaves numbers behind, which are no values. */
static void test_unsolved(void)
{
    const struct strata_solution solution = {.loss = 1, .identity_loss = 1, .lower_bound = 0.5};
    const struct pair pair = {0, 0, 1};
    const struct pair_record failed = numerics_record(pair, STRATA_MEMORY, &solution);
    CU_ASSERT(isnan(failed.loss) && isnan(failed.identity_loss) && isnan(failed.lower_bound));
    CU_ASSERT_EQUAL(numerics_record(pair, STRATA_OK, &solution).loss, 1);
    CU_ASSERT_EQUAL(numerics_record(pair, STRATA_LIMIT, &solution).loss, 1);
}

/* Every kind of comparison: each record goes to its own cell, and floors to theirs. */
static void check_kind(enum pairing_kind kind, enum results_comparison comparison, int columns)
{
    struct plan p = plan_within(L, T, R);
    p.pairing = pairing_make(kind, (const int[]){L, columns}, T, (const bool[]){true, true});
    p.pairs_per_frame = pairing_count(&p.pairing, 1);
    const struct results shape = {.comparison = comparison,
                                  .layer_count = L,
                                  .column_count = columns,
                                  .checkpoint_count = T,
                                  .replicate_count = R};
    struct results *results = results_new(&shape);
    struct records records = {0};
    struct fault fault = {0};
    for (int frame = 0; frame < R * T; frame++) {
        for (int64_t k = 0; k < plan_pairs(&p, frame); k++) {
            struct pair_record record = record_of(plan_pair(&p, frame, k));
            const struct pairing_cell cell = pairing_cell(&p.pairing, record.pair.i, record.pair.j);
            record.loss = cell.target == TARGET_MATRIX ? 4 : 1;
            record.swaps_left = frame == 0 ? -1 : 2;
            records_add(&records, &record, &fault);
        }
    }
    CU_ASSERT_EQUAL(records_reduce(&records, &p, results, &fault), 0);
    for (int t = 0; t < T; t++) {
        for (int i = 0; i < L; i++) {
            CU_ASSERT_DOUBLE_EQUAL(results_row_floor(results, t, i), 0.5, 1e-15);
            for (int j = 0; j < results->column_count; j++) {
                const size_t cell = results_cell(results, t, i, j);
                const bool itself = kind == PAIRING_WITHIN
                                        ? i == j
                                        : kind == PAIRING_ACROSS && j == PAIRING_LAST && t == T - 1;
                const bool none = kind == PAIRING_ACROSS && j == PAIRING_BEFORE && t == 0;
                CU_ASSERT(none ? isnan(results->loss[cell])
                               : results->loss[cell] == (itself ? 0 : 4));
                CU_ASSERT(isnan(results->identity_loss[cell]) ==
                          (none || kind == PAIRING_AGAINST)); /* these are other inputs */
                CU_ASSERT_EQUAL(results->status[cell], none ? pair_status_none : PAIR_OK);
                if (!none && !itself) /* frame 0 is of checkpoint 0 */
                    CU_ASSERT_EQUAL(results->swaps_left[cell], t == 0 ? -1 : 2 * R);
                CU_ASSERT_EQUAL(results_within_noise(results, t, i, j), false);
            }
        }
    }
    for (int k = 0; k < T * columns && kind == PAIRING_AGAINST; k++)
        CU_ASSERT_DOUBLE_EQUAL(results->column_noise_floor[k], 0.5, 1e-15);
    for (size_t k = 0; k < results_cell(results, T, 0, 0); k++)
        results->distance[k] *= 0.25;
    CU_ASSERT_TRUE(results_within_noise(results, 1, 0, 1));
    CU_ASSERT_EQUAL(results_within_noise(results, 0, 1, 1), kind == PAIRING_AGAINST);
    records_reset(&records);
    results_destroy(&results);
}

static void test_kinds(void)
{
    check_kind(PAIRING_WITHIN, RESULTS_WITHIN, L);
    check_kind(PAIRING_AGAINST, RESULTS_AGAINST, 3);
    check_kind(PAIRING_AGAINST, RESULTS_AGAINST, 8);
    check_kind(PAIRING_ACROSS, RESULTS_ACROSS, PAIRING_ACROSS_COLUMNS);
}

/* With one replicate there is no standard error. */
static void test_one_replicate(void)
{
    const struct plan one = plan_within(L, 1, 1);
    const struct results shape = {
        .layer_count = L, .checkpoint_count = 1, .replicate_count = 1, .sample_count = 2};
    struct results *results = results_new(&shape);
    struct records records = {0};
    struct fault fault = {0};
    for (int64_t k = 0; k < PAIRS; k++) {
        struct pair_record record = record_of(plan_pair(&one, 0, k));
        records_add(&records, &record, &fault);
    }
    CU_ASSERT_EQUAL(records_reduce(&records, &one, results, &fault), 0);
    CU_ASSERT_EQUAL(results->loss[1], loss_of((struct pair){0, 0, 1}));
    CU_ASSERT(isnan(results->loss_stderr[1]));
    results_destroy(&results);
    records_reset(&records);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"means and errors", test_means},
        {"errors where draws share rows", test_shared_rows},
        {"order of the records", test_order},
        {"a failed replicate marks the cell", test_failure},
        {"an unsolved pair has no numbers", test_unsolved},
        {"other comparisons, and noise floors", test_kinds},
        {"one replicate", test_one_replicate},
    };
    plan = plan_within(L, T, R);
    return suite_run("reduce", cases, sizeof cases / sizeof *cases);
}
