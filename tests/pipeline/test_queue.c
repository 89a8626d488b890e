/* The queue of pairs: each once, and nodes stay with a frame while it lasts. */
#include "inputs.h"
#include "queue.h"
#include "random.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static struct plan plan_of(int layers)
{
    return plan_within(layers, 1, 1);
}

/* Takes all pairs for nodes in random order. */
static void check_once(int layers, int first, int frames, int nodes)
{
    const struct plan plan = plan_of(layers);
    struct fault fault = {0};
    struct queue queue;
    struct pair pair;
    int *seen = calloc((size_t)(frames * layers * layers) + 1, sizeof *seen);
    uint64_t state = (uint64_t)(layers * 1000 + frames * 10 + nodes);
    int64_t left = plan.pairs_per_frame * frames;
    CU_ASSERT_EQUAL(queue_init(&queue, &plan, first, frames, nodes, &fault), 0);
    CU_ASSERT_EQUAL(queue.remaining, left);
    while (queue_take(&queue, (int)(random_next(&state) % (uint64_t)nodes), &pair)) {
        CU_ASSERT(pair.frame >= first && pair.frame < first + frames);
        CU_ASSERT(0 <= pair.i && pair.i < pair.j && pair.j < layers);
        seen[((pair.frame - first) * layers + pair.i) * layers + pair.j]++;
        CU_ASSERT_EQUAL(queue.remaining, --left);
    }
    CU_ASSERT_EQUAL(left, 0);
    for (int f = 0; f < frames; f++) {
        for (int i = 0; i < layers; i++) {
            for (int j = i + 1; j < layers; j++)
                CU_ASSERT_EQUAL(seen[(f * layers + i) * layers + j], 1);
        }
    }
    for (int node = 0; node < nodes; node++)
        CU_ASSERT_FALSE(queue_take(&queue, node, &pair));
    queue_reset(&queue);
    free(seen);
}

static void test_each_once(void)
{
    check_once(2, 0, 1, 1);
    check_once(2, 7, 5, 3);
    check_once(9, 0, 1, 4);
    check_once(9, 3, 4, 2);
    check_once(15, 26, 13, 8);
    check_once(5, 0, 0, 2);
}

/* While there are unopened frames, no two nodes share one, and none leaves before the end. */
static void test_affinity(void)
{
    const struct plan plan = plan_of(6);
    struct fault fault = {0};
    struct queue queue;
    struct pair pair;
    int owner[9] = {0};
    queue_init(&queue, &plan, 0, 9, 3, &fault);
    for (int64_t k = 0; k < 9 * plan.pairs_per_frame; k++) {
        const int node = (int)(k % 3);
        CU_ASSERT_TRUE(queue_take(&queue, node, &pair));
        CU_ASSERT(owner[pair.frame] == 0 || owner[pair.frame] == node + 1);
        owner[pair.frame] = node + 1;
    }
    CU_ASSERT_EQUAL(queue.remaining, 0);
    queue_reset(&queue);
}

/* A node without a frame of its own helps where most is left. */
static void test_help(void)
{
    const struct plan plan = plan_of(6); /* 15 pairs a frame */
    struct fault fault = {0};
    struct queue queue;
    struct pair pair;
    queue_init(&queue, &plan, 0, 2, 3, &fault);
    for (int k = 0; k < 10; k++)
        queue_take(&queue, 0, &pair); /* frame 0: 5 left */
    queue_take(&queue, 1, &pair);     /* frame 1: 14 left */
    CU_ASSERT_TRUE(queue_take(&queue, 2, &pair));
    CU_ASSERT_EQUAL(pair.frame, 1);
    for (int k = 0; k < 13; k++)
        queue_take(&queue, 1, &pair);
    CU_ASSERT_TRUE(queue_take(&queue, 2, &pair));
    CU_ASSERT_EQUAL(pair.frame, 0);
    queue_reset(&queue);
}

/* Pairs that are known are not handed out, wherever they are. */
static void test_skip(void)
{
    const struct plan plan = plan_of(5);
    struct fault fault = {0};
    struct queue queue;
    struct pair pair;
    int taken = 0;
    queue_init(&queue, &plan, 4, 3, 2, &fault);
    for (int k = 0; k < 10; k++)
        queue_skip(&queue, 5, k); /* all of a frame */
    queue_skip(&queue, 4, 0);
    queue_skip(&queue, 4, 9);
    queue_skip(&queue, 6, 4);
    CU_ASSERT_EQUAL(queue.remaining, 17);
    while (queue_take(&queue, taken % 2, &pair)) {
        const struct pair known[] = {plan_pair(&plan, 4, 0), plan_pair(&plan, 4, 9),
                                     plan_pair(&plan, 6, 4)};
        CU_ASSERT_NOT_EQUAL(pair.frame, 5);
        for (int k = 0; k < 3; k++)
            CU_ASSERT(memcmp(&pair, &known[k], sizeof pair) != 0);
        taken++;
    }
    CU_ASSERT_EQUAL(taken, 17);
    CU_ASSERT_EQUAL(queue.remaining, 0);
    queue_reset(&queue);
}

/* What is held comes after a release, and counts as not remaining until then. */
static void test_hold(void)
{
    const struct plan plan = plan_of(5); /* 10 pairs a frame */
    struct fault fault = {0};
    struct queue queue;
    struct pair pair;
    int taken = 0;
    queue_init(&queue, &plan, 0, 2, 1, &fault);
    queue_skip(&queue, 0, 3);
    queue_release(&queue, 12);
    while (queue_take(&queue, 0, &pair))
        taken++;
    CU_ASSERT_EQUAL(taken, 12);
    CU_ASSERT_EQUAL(queue.remaining, 0);
    CU_ASSERT_EQUAL(queue.held, 7);
    queue_release(&queue, queue.remaining + queue.held);
    CU_ASSERT_EQUAL(queue.held, 0);
    while (queue_take(&queue, 0, &pair))
        taken++;
    CU_ASSERT_EQUAL(taken, 19);
    queue_reset(&queue);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"each pair once", test_each_once}, {"nodes stay with their frames", test_affinity},
        {"an idle node helps", test_help},  {"known pairs", test_skip},
        {"pairs that are held", test_hold},
    };
    return suite_run("queue", cases, sizeof cases / sizeof *cases);
}
