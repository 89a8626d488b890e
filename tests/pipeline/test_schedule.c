/* Runs played through on paper: known times, and bounds that any order of work keeps. */
#include "gang_plan.h"
#include "inputs.h"
#include "schedule.h"
#include "suite.h"

#include <math.h>
#include <stdbool.h>

/* Pairs that take what the test says: the same, or one of them long. */
struct work {
    double even, longest;
};

static double seconds_of(void *context, struct pair pair, int ranks)
{
    const struct work *work = context;
    const bool is_longest = pair.frame == 0 && pair.i == 0 && pair.j == 1 && work->longest > 0;
    return (is_longest ? work->longest : work->even) / ranks;
}

static struct plan plan_of(int layers, int frames, int window)
{
    struct plan plan = plan_within(layers, frames, 1);
    plan.window = window;
    return plan;
}

static double play(struct plan plan, struct work work, double read, double build, int ranks,
                   int ranks_per_node)
{
    struct schedule schedule;
    struct fault fault = {0};
    const struct schedule_costs costs = {read, build, seconds_of, &work};
    CU_ASSERT_EQUAL(schedule_play(&plan, &costs, ranks, ranks_per_node, &schedule, &fault), 0);
    CU_ASSERT_EQUAL(schedule.ranks, ranks);
    CU_ASSERT_EQUAL(schedule.nodes, (ranks + ranks_per_node - 1) / ranks_per_node);
    return schedule_seconds(&schedule);
}

static void expect_time(double found, double expected)
{
    CU_ASSERT_DOUBLE_EQUAL(found, expected, 1e-5 * expected);
}

static void test_one_rank(void)
{
    const struct work work = {.even = 2};
    expect_time(play(plan_of(5, 3, 3), work, 0, 0, 1, 1), 3 * 10 * 2);
    /* each frame is read, each space is built once */
    expect_time(play(plan_of(5, 3, 3), work, 0.5, 0.25, 1, 1), 3 * (10 * 2 + 0.5 + 5 * 0.25));
    expect_time(play(plan_of(5, 3, 1), work, 0.5, 0.25, 1, 1), 3 * (10 * 2 + 0.5 + 5 * 0.25));
}

static void test_even_work(void)
{
    const struct work work = {.even = 1};
    expect_time(play(plan_of(16, 4, 4), work, 0, 0, 8, 4), 16 * 15 / 2 * 4 / 8.);
    /* a window waits for its last pair: 3 pairs on 2 ranks take as long as 4 */
    expect_time(play(plan_of(3, 5, 5), work, 0, 0, 2, 2), 8);
    expect_time(play(plan_of(3, 5, 1), work, 0, 0, 2, 2), 10);
}

static void test_more_ranks_than_pairs(void)
{
    const struct work work = {.even = 1, .longest = 7};
    expect_time(play(plan_of(4, 2, 2), work, 0, 0, 100, 8), 7);
    expect_time(play(plan_of(4, 2, 2), work, 0, 0, SCHEDULE_MOST_RANKS, 1), 7);
}

/* Ranks of a node share spaces; each node builds its own. */
static void test_spaces(void)
{
    const struct work work = {.even = 1};
    /* a pair needs two, and the first rank builds both unless another is at it */
    expect_time(play(plan_of(2, 1, 1), work, 0, 3, 1, 1), 7);
    /* pairs (0,1), (0,2), (1,2) at once: the second waits for 0 and then builds 2, the third
     * begins with 1 at once */
    expect_time(play(plan_of(3, 1, 1), work, 0, 3, 3, 3), 7);
}

/* Nobody waits while work is left, so that no time exceeds the mean load and some of the longest.
 */
static void test_bounds(void)
{
    const struct plan plan = plan_of(20, 6, 6);
    const double pairs = 190 * 6;
    for (int ranks = 1; ranks <= SCHEDULE_MOST_RANKS; ranks *= 2) {
        const struct work work = {.even = 1, .longest = 5};
        const double time = play(plan, work, 0, 0, ranks, 16);
        CU_ASSERT(time >= fmax((pairs + 4) / ranks, 5) - 1e-9);
        CU_ASSERT(time <= (pairs + 4) / ranks + 5 + 1);
    }
}

/* A gang shares a pair among its ranks, and those that are left form larger gangs for the last. */
static void test_gangs(void)
{
    const struct work work = {.even = 2};
    struct plan plan = plan_of(5, 1, 1);
    plan.draws[0][0].points = 2 * GANG_ROWS;
    plan.gang = (struct plan_gang){.applies = true, .size = 1};
    /* 8 pairs on 4 gangs of one, then 2 on 2 gangs of two */
    expect_time(play(plan, work, 0, 0, 4, 4), 2 * 2 + 2 / 2.);
    /* gangs of two, the third rank idles */
    plan.gang = (struct plan_gang){.applies = true, .size = 2, .is_fixed = true};
    expect_time(play(plan, work, 0, 0, 3, 2), 10 * 2 / 2.);
    /* more ranks than help: two a pair have rows enough */
    plan.gang = (struct plan_gang){.applies = true, .size = 1};
    expect_time(play(plan, work, 0, 0, 100, 4), 2 / 2.);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"one rank", test_one_rank},
        {"even work", test_even_work},
        {"more ranks than pairs", test_more_ranks_than_pairs},
        {"spaces", test_spaces},
        {"bounds", test_bounds},
        {"gangs", test_gangs},
    };
    return suite_run("schedule", cases, sizeof cases / sizeof *cases);
}
