/* The plan of a run: counts, samples, the window of frames that fits, what is refused. */
#include "inputs.h"
#include "plan.h"
#include "sample.h"
#include "suite.h"

#include <limits.h>
#include <string.h>

static const size_t plenty = (size_t)1 << 40;

static void test_counts(void)
{
    struct input input;
    struct plan plan;
    struct fault fault = {0};
    struct settings settings = settings_of(20, 3);
    const struct plan_inputs inputs = {{input_init(&input, 7, 5, 100), NULL}};
    CU_ASSERT_EQUAL(plan_make(&settings, &inputs, plenty, &plan, &fault), 0);
    CU_ASSERT_EQUAL(plan.layers, 7);
    CU_ASSERT_EQUAL(plan.checkpoints, 5);
    CU_ASSERT_EQUAL(plan.replicates, 3);
    CU_ASSERT_EQUAL(plan.draws[0][0].points, 20);
    CU_ASSERT_EQUAL(plan.frames, 15);
    CU_ASSERT_EQUAL(plan.pairs_per_frame, 21 + 7); /* and the noise floor */
    CU_ASSERT_EQUAL(plan.pairs, 15 * 28);
    CU_ASSERT_EQUAL(plan.window, 15);
    for (int r = 0; r < 3; r++) {
        int64_t rows[20];
        sample_rows(0, (uint64_t)r, 100, 20, rows);
        CU_ASSERT_EQUAL(memcmp(plan.draws[0][0].rows + 20 * r, rows, sizeof rows), 0);
    }
    CU_ASSERT_EQUAL(memcmp(plan.widths[0], input.widths, 35 * sizeof(int64_t)), 0);
    plan_reset(&plan);
    CU_ASSERT_PTR_NULL(plan.draws[0][0].rows);
}

static void test_default_count(void)
{
    static const int64_t rows[] = {2, 999, 1000, 1001, 50000};
    static const int points[] = {2, 999, 1000, 1000, 1000};
    for (int k = 0; k < 5; k++) {
        struct input input;
        struct plan plan;
        struct fault fault = {0};
        struct settings settings = settings_of(0, 1);
        const struct plan_inputs inputs = {{input_init(&input, 2, 1, rows[k]), NULL}};
        plan_make(&settings, &inputs, plenty, &plan, &fault);
        CU_ASSERT_EQUAL(fault.status, 0);
        CU_ASSERT_EQUAL(plan.draws[0][0].points, points[k]);
        plan_reset(&plan);
    }
}

/* Every pair of layers has one number. */
static void test_pairs(void)
{
    for (int L = 2; L <= 30; L++) {
        const struct plan plan = plan_within(L, 5, 1);
        CU_ASSERT_EQUAL(plan.pairs_per_frame, (int64_t)L * (L - 1) / 2);
        int i = 0;
        int j = 1;
        for (int64_t k = 0; k < plan.pairs_per_frame; k++) {
            struct pair pair = plan_pair(&plan, 4, k);
            CU_ASSERT(pair.frame == 4 && pair.i == i && pair.j == j);
            if (++j == L)
                j = ++i + 1;
        }
        CU_ASSERT_EQUAL(i, L - 1);
    }
}

/* The window is the number of frames that the memory holds, at least one and no more than there
 * are. */
static void test_window(void)
{
    struct input input;
    const struct plan_inputs inputs = {{input_init(&input, 4, 6, 100), NULL}};
    struct settings settings = settings_of(60, 2); /* too many for a noise floor */
    struct plan plan;
    struct fault fault = {0};
    plan_make(&settings, &inputs, plenty, &plan, &fault);
    const size_t frame = plan.frame_bytes;
    CU_ASSERT(frame >= 4 * strata_space_size(60) + sizeof(double) * 60 * (15 + 16 + 17 + 18));
    plan_reset(&plan);
    for (int fit = 1; fit <= 14; fit++) {
        plan_make(&settings, &inputs, (size_t)fit * frame, &plan, &fault);
        CU_ASSERT_EQUAL(plan.window, fit < 12 ? fit : 12);
        plan_reset(&plan);
    }
    CU_ASSERT_EQUAL(fault.status, 0);
}

/* The noise floor comes with replicates, where there are rows enough. */
static void test_floor(void)
{
    static const struct {
        int64_t rows, replicates;
        bool floor;
    } cases[] = {{40, 2, true}, {39, 2, false}, {40, 1, false}};
    for (int k = 0; k < 3; k++) {
        struct input input;
        struct plan plan;
        struct fault fault = {0};
        struct settings settings = settings_of(20, cases[k].replicates);
        const struct plan_inputs inputs = {{input_init(&input, 4, 2, cases[k].rows), NULL}};
        CU_ASSERT_EQUAL(plan_make(&settings, &inputs, plenty, &plan, &fault), 0);
        CU_ASSERT_EQUAL(plan.draws[0][1].rows != NULL, cases[k].floor);
        CU_ASSERT_EQUAL(plan.pairs_per_frame, cases[k].floor ? 10 : 6);
        CU_ASSERT_TRUE(plan_has_identity(&plan, plan_pair(&plan, 0, 5)));
        if (cases[k].floor)
            CU_ASSERT_FALSE(plan_has_identity(&plan, plan_pair(&plan, 0, 6)));
        plan_reset(&plan);
    }
}

/* Two networks: what is read for a space, whether their inputs are the same, and the method. */
static void test_against(void)
{
    struct input one;
    struct input two;
    struct plan plan;
    struct fault fault = {0};
    struct settings settings = settings_of(0, 1);
    const struct plan_inputs inputs = {{input_init(&one, 3, 4, 50), input_init(&two, 2, 1, 50)}};
    plan_make(&settings, &inputs, plenty, &plan, &fault);
    CU_ASSERT_EQUAL_FATAL(fault.status, 0);
    CU_ASSERT_EQUAL(plan.pairs, 4 * 6);
    CU_ASSERT_TRUE(plan.same_inputs);
    CU_ASSERT_EQUAL(plan.method, STRATA_METHOD_AUTO);
    const struct place place = plan_place(&plan, 3, 4); /* the last checkpoint, layer 1 of two */
    CU_ASSERT(place.input == 1 && place.checkpoint == 0 && place.layer == 1);
    CU_ASSERT_EQUAL(place.width, 11);
    CU_ASSERT_TRUE(plan_has_identity(&plan, plan_pair(&plan, 0, 0)));
    plan_reset(&plan);

    two.activations.ids = 1; /* the same number of other inputs */
    plan_make(&settings, &inputs, plenty, &plan, &fault);
    CU_ASSERT_FALSE(plan.same_inputs);
    CU_ASSERT_FALSE(plan_has_identity(&plan, plan_pair(&plan, 0, 0)));
    const size_t solver = plan.solver_bytes;
    plan_reset(&plan);

    two.activations.row_count = 30; /* and of another number */
    plan_make(&settings, &inputs, plenty, &plan, &fault);
    CU_ASSERT_EQUAL(plan.draws[0][0].points, 50);
    CU_ASSERT_EQUAL(plan.draws[1][0].points, 30);
    CU_ASSERT_EQUAL(plan.method, STRATA_METHOD_CONDITIONAL_GRADIENT);
    CU_ASSERT_EQUAL(plan.solver_bytes, solver + 40 * 50 * 30 + 4 * 50 * 50);
    plan_reset(&plan);
    CU_ASSERT_EQUAL(fault.status, 0);

    settings.solver.method = STRATA_METHOD_PERMUTATION;
    CU_ASSERT_EQUAL(plan_make(&settings, &inputs, plenty, &plan, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "solver.method"));
    fault = (struct fault){0};
    two.activations.checkpoint_count = 2;
    CU_ASSERT_EQUAL(plan_make(&settings, &inputs, plenty, &plan, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "input.against"));
}

/* Weights of the drawn rows have a sum of one. */
static void test_weights(void)
{
    struct input input;
    struct plan plan;
    struct fault fault = {0};
    struct settings settings = settings_of(10, 3);
    double weights[40] = {0};
    const struct plan_inputs inputs = {{input_init(&input, 2, 1, 40), NULL}};
    input.activations.weights = weights;
    for (int k = 0; k < 40; k++)
        weights[k] = k;
    CU_ASSERT_EQUAL_FATAL(plan_make(&settings, &inputs, plenty, &plan, &fault), 0);
    CU_ASSERT_EQUAL(plan.method, STRATA_METHOD_CONDITIONAL_GRADIENT);
    for (int space = 0; space < plan.pairing.spaces; space++) {
        const struct place place = plan_place(&plan, 2, space);
        double sum = 0;
        for (int k = 0; k < 10; k++) {
            sum += place.weights[k];
            CU_ASSERT_DOUBLE_EQUAL(place.weights[k] * (double)place.rows[0],
                                   place.weights[0] * (double)place.rows[k], 1e-12);
        }
        CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-12);
    }
    plan_reset(&plan);
    memset(weights, 0, sizeof weights);
    weights[3] = weights[30] = 0.7; /* two inputs are all that counts */
    settings.sampling.count = 40;
    settings.sampling.replicates = 1;
    CU_ASSERT_EQUAL(plan_make(&settings, &inputs, plenty, &plan, &fault), 0);
    CU_ASSERT_DOUBLE_EQUAL(plan.draws[0][0].effective, 2, 1e-12);
    plan_reset(&plan);
    weights[3] = weights[30] = 0;
    CU_ASSERT_EQUAL(plan_make(&settings, &inputs, plenty, &plan, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "sampling.weights"));
}

static void expect_refusal(const struct settings *settings, struct activations *input,
                           size_t memory, const char *said)
{
    struct plan plan;
    struct fault fault = {0};
    const struct plan_inputs inputs = {{input, NULL}};
    CU_ASSERT_EQUAL(plan_make(settings, &inputs, memory, &plan, &fault), EXIT_INPUT);
    CU_ASSERT_EQUAL(fault.status, EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, said));
    plan_reset(&plan);
}

static void test_refusals(void)
{
    struct input input;
    struct settings settings = settings_of(20, 1);
    expect_refusal(&settings, input_init(&input, 1, 3, 100), plenty,
                   "\"layer0\" in \"made-up.h5\"");
    expect_refusal(&settings, input_init(&input, 2, 3, 19), plenty, "20 inputs asked");
    expect_refusal(&settings, input_init(&input, 2, 3, 19), plenty, "19 rows");
    expect_refusal(&settings, input_init(&input, 4, 3, 100), 1000, "solver.memory");
    input_init(&input, 4, 3, 100);
    input.widths[5] = (int64_t)INT_MAX + 1;
    expect_refusal(&settings, &input.activations, SIZE_MAX, "\"layer1\"");
    settings.input.pairs = PAIRING_ACROSS;
    expect_refusal(&settings, input_init(&input, 4, 1, 100), plenty, "input.pairs");
    settings.input.pairs = PAIRING_WITHIN;
    settings.sampling.replicates = 2; /* of all rows: all the same */
    expect_refusal(&settings, input_init(&input, 2, 3, 20), plenty, "sampling.replicates");
    settings.sampling.replicates = 1;
    settings.sampling.count = 1;
    expect_refusal(&settings, input_init(&input, 2, 3, 100), plenty, "at least 2 inputs");
    settings.sampling.count = 0;
    expect_refusal(&settings, input_init(&input, 2, 3, 1), plenty, "at least 2 inputs");
}

int main(void)
{
    static const struct test_case cases[] = {
        {"counts and samples", test_counts}, {"default count", test_default_count},
        {"pairs by number", test_pairs},     {"window", test_window},
        {"noise floor", test_floor},         {"two networks", test_against},
        {"weights", test_weights},           {"what is refused", test_refusals},
    };
    return suite_run("plan", cases, sizeof cases / sizeof *cases);
}
