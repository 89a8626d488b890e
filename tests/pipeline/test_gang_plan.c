/* Which pairs gangs solve, on how many ranks, and how ranks divide into gangs. */
#include "gang.h"
#include "gang_plan.h"
#include "strata.h"
#include "suite.h"

#include <string.h>

enum { EUCLIDEAN = 0, GEODESIC = 4, AUTO = 0, NEVER, ALWAYS };

static int64_t widths[] = {8, 64};

static struct plan plan_of(int points, size_t node_bytes)
{
    static const int layers[PAIRING_INPUTS] = {2};
    static const bool floor[PAIRING_INPUTS] = {false};
    return (struct plan){.pairing = pairing_make(PAIRING_WITHIN, layers, 1, floor),
                         .layers = 2,
                         .checkpoints = 1,
                         .replicates = 1,
                         .frames = 40,
                         .pairs_per_frame = 1,
                         .draws = {{{.points = points}}},
                         .widths = {widths},
                         .input_layers = {2},
                         .input_checkpoints = {1},
                         .node_bytes = node_bytes,
                         .gang = {.applies = true}};
}

static void test_choice(void)
{
    static const struct {
        int choice, distance, method, points;
        bool applies;
        int status;
    } cases[] = {
        {AUTO, EUCLIDEAN, 0, GANG_POINTS - 1, false, 0},
        {AUTO, EUCLIDEAN, 0, GANG_POINTS, true, 0},
        {AUTO, GEODESIC, 0, GANG_POINTS, false, 0},
        {AUTO, EUCLIDEAN, STRATA_METHOD_CONDITIONAL_GRADIENT, GANG_POINTS, false, 0},
        {NEVER, EUCLIDEAN, 0, 1 << 20, false, 0},
        {ALWAYS, EUCLIDEAN, 0, 2, true, 0},
        {ALWAYS, GEODESIC, 0, 100, false, EXIT_INPUT},
        {ALWAYS, EUCLIDEAN, STRATA_METHOD_ENTROPIC, 100, false, EXIT_INPUT},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct fault fault = {0};
        struct settings settings = {0};
        settings.solver.gang = cases[k].choice;
        settings.metric.distance = cases[k].distance;
        struct plan plan = plan_of(cases[k].points, 0);
        plan.method = cases[k].method;
        CU_ASSERT_EQUAL(gang_plan_applies(&settings, &plan, &fault), cases[k].applies);
        CU_ASSERT_EQUAL(fault.status, cases[k].status);
    }
}

/* The smallest gang whose ranks are within their share of the node. */
static void test_size(void)
{
    struct settings settings = {0};
    for (int share = 1; share <= 40; share++) {
        struct fault fault = {0};
        struct plan plan = plan_of(3000, (size_t)share * 8 << 20);
        const size_t limit = plan.node_bytes / 2;
        if (gang_plan_make(&settings, 100, 2, &plan, &fault) != 0) {
            CU_ASSERT_EQUAL(fault.status, EXIT_INPUT);
            CU_ASSERT_TRUE(gang_plan_bytes(&plan, 100) > limit);
            continue;
        }
        CU_ASSERT_TRUE(plan.gang.rank_bytes <= limit);
        CU_ASSERT_EQUAL(plan.gang.rank_bytes, gang_plan_bytes(&plan, plan.gang.size));
        CU_ASSERT_TRUE(plan.gang.size == 1 || gang_plan_bytes(&plan, plan.gang.size - 1) > limit);
        CU_ASSERT_TRUE(plan.window >= 1 && plan.window <= plan.frames);
    }
    struct fault fault = {0};
    struct plan plan = plan_of(3000, (size_t)1 << 40);
    CU_ASSERT_EQUAL(gang_plan_make(&settings, 100, 2, &plan, &fault), 0);
    CU_ASSERT_EQUAL(plan.gang.size, 1);
    settings.solver.gang_size = 7;
    CU_ASSERT_EQUAL(gang_plan_make(&settings, 5, 1, &plan, &fault), 0);
    CU_ASSERT_EQUAL(plan.gang.size, 5);
    plan = plan_of(3000, gang_plan_bytes(&plan, 9));
    CU_ASSERT_EQUAL(gang_plan_make(&settings, 100, 1, &plan, &fault), EXIT_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "solver.gang_size"));
}

/* What a formation promises, for all small cases; and that the rounds of it solve all pairs. */
static void check_rounds(const struct plan *plan, int ranks, int64_t pairs)
{
    int rounds = 0;
    for (int64_t left = pairs; left > 0 && rounds < 3; rounds++) {
        const struct gang_formation f = gang_plan_form(plan, ranks, left);
        CU_ASSERT_TRUE_FATAL(f.count >= 1 && f.pairs >= 1 && f.pairs <= left);
        CU_ASSERT_TRUE(f.used >= f.count * plan->gang.size && f.used <= ranks);
        CU_ASSERT_TRUE(f.count <= f.pairs);
        if (plan->gang.is_fixed)
            CU_ASSERT_EQUAL(f.used, f.count * plan->gang.size);
        left -= f.pairs;
        if (left == 0)
            return;
        CU_ASSERT_EQUAL(f.pairs % f.count, 0); /* all gangs are busy to the end */
    }
    CU_FAIL("pairs are left after three rounds");
}

static void test_formations(void)
{
    for (int points = 100; points <= 2000; points += 1900) {
        for (int ranks = 1; ranks <= 12; ranks++) {
            for (int size = 1; size <= ranks; size++) {
                for (int64_t pairs = 1; pairs <= 30; pairs++) {
                    struct plan plan = plan_of(points, 0);
                    plan.gang.size = size;
                    check_rounds(&plan, ranks, pairs);
                    plan.gang.is_fixed = true;
                    check_rounds(&plan, ranks, pairs);
                }
            }
        }
    }
    struct plan plan = plan_of(10000, 0);
    plan.gang.size = 1;
    const struct gang_formation tail = gang_plan_form(&plan, 16, 3);
    CU_ASSERT_EQUAL(tail.count, 3);
    CU_ASSERT_EQUAL(tail.used, 16);                           /* gangs of 5, 5 and 6 */
    CU_ASSERT_EQUAL(gang_plan_form(&plan, 1000, 1).used, 40); /* not fewer rows than GANG_ROWS */
}

int main(void)
{
    const struct test_case cases[] = {
        {"which pairs", test_choice},
        {"the size of a gang", test_size},
        {"formations", test_formations},
    };
    return suite_run("gang plan", cases, sizeof cases / sizeof *cases);
}
