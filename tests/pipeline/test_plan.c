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
    CU_ASSERT_EQUAL(plan_make(&settings, input_init(&input, 7, 5, 100), plenty, &plan, &fault), 0);
    CU_ASSERT_EQUAL(plan.layers, 7);
    CU_ASSERT_EQUAL(plan.checkpoints, 5);
    CU_ASSERT_EQUAL(plan.replicates, 3);
    CU_ASSERT_EQUAL(plan.points, 20);
    CU_ASSERT_EQUAL(plan.frames, 15);
    CU_ASSERT_EQUAL(plan.pairs_per_frame, 21);
    CU_ASSERT_EQUAL(plan.window, 15);
    for (int r = 0; r < 3; r++) {
        int64_t rows[20];
        sample_rows(0, (uint64_t)r, 100, 20, rows);
        CU_ASSERT_EQUAL(memcmp(plan.samples + 20 * r, rows, sizeof rows), 0);
    }
    CU_ASSERT_EQUAL(memcmp(plan.widths, input.widths, 35 * sizeof *plan.widths), 0);
    plan_reset(&plan);
    CU_ASSERT_PTR_NULL(plan.samples);
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
        plan_make(&settings, input_init(&input, 2, 1, rows[k]), plenty, &plan, &fault);
        CU_ASSERT_EQUAL(fault.status, 0);
        CU_ASSERT_EQUAL(plan.points, points[k]);
        plan_reset(&plan);
    }
}

/* Every pair of layers has one number. */
static void test_pairs(void)
{
    for (int L = 2; L <= 30; L++) {
        const struct plan plan = {.layers = L, .pairs_per_frame = (int64_t)L * (L - 1) / 2};
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
    struct activations *activations = input_init(&input, 4, 6, 100);
    struct settings settings = settings_of(30, 2);
    struct plan plan;
    struct fault fault = {0};
    plan_make(&settings, activations, plenty, &plan, &fault);
    const size_t frame = plan.frame_bytes;
    CU_ASSERT(frame >= 4 * strata_space_size(30) + sizeof(double) * 30 * (15 + 16 + 17 + 18));
    plan_reset(&plan);
    for (int fit = 1; fit <= 14; fit++) {
        plan_make(&settings, activations, (size_t)fit * frame, &plan, &fault);
        CU_ASSERT_EQUAL(plan.window, fit < 12 ? fit : 12);
        plan_reset(&plan);
    }
    CU_ASSERT_EQUAL(fault.status, 0);
}

static void expect_refusal(const struct settings *settings, const struct activations *input,
                           size_t memory, const char *said)
{
    struct plan plan;
    struct fault fault = {0};
    CU_ASSERT_EQUAL(plan_make(settings, input, memory, &plan, &fault), EXIT_INPUT);
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
        {"what is refused", test_refusals},
    };
    return suite_run("plan", cases, sizeof cases / sizeof *cases);
}
