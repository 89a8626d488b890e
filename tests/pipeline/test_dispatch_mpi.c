/* Who solves which pair: each exactly once, on any number of ranks, with even and uneven work. */
#include "dispatch.h"
#include "inputs.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FRAMES = 40, MOST_LAYERS = 16, CELLS = MOST_FRAMES * MOST_LAYERS * MOST_LAYERS };

enum work { NOTHING, EVEN, UNEVEN, ONE_LONG, SOME_LONG };

struct trial {
    struct dispatch *dispatch;
    enum work work;
    int solved[CELLS]; /* by this rank */
    int64_t ticks;
    int64_t stop_after; /* ticks on this rank; 0: never */
    int most_held;      /* rank 0: pairs that a rank held at a time */
};

static int world(int (*ask)(MPI_Comm, int *))
{
    int value = 0;
    ask(MPI_COMM_WORLD, &value);
    return value;
}

/* Microseconds that a stand-in task takes. */
static int duration(enum work work, struct pair pair)
{
    switch (work) {
    case NOTHING:
        return 0;
    case EVEN:
        return 300;
    case UNEVEN:
        return 100 + 1900 * ((pair.frame * 7 + pair.i * 5 + pair.j * 3) % 11 == 0);
    case ONE_LONG:
        return pair.frame == 0 && pair.i == 0 && pair.j == 1 ? 30000 : 100;
    case SOME_LONG: /* 50 times the others */
        return (pair.frame * 7 + pair.i * 5 + pair.j * 3) % 41 == 0 ? 20000 : 400;
    }
    return 0;
}

static bool solve(void *context, struct pair pair)
{
    struct trial *trial = context;
    trial->solved[(pair.frame * MOST_LAYERS + pair.i) * MOST_LAYERS + pair.j]++;
    for (int left = duration(trial->work, pair); left > 0; left -= 100) {
        usleep(100);
        if (dispatch_serve(trial->dispatch))
            break;
    }
    return true;
}

static bool tick(void *context)
{
    struct trial *trial = context;
    trial->ticks++;
    for (int r = 0; world(MPI_Comm_rank) == 0 && r < world(MPI_Comm_size); r++) {
        const struct dispatch_peer *peer = dispatch_peer(trial->dispatch, r);
        const int held = (int)(peer->sent - peer->done);
        trial->most_held = held > trial->most_held ? held : trial->most_held;
    }
    return trial->stop_after > 0 && trial->ticks >= trial->stop_after;
}

static int64_t count_done(const struct dispatch *dispatch)
{
    int64_t done = 0;
    for (int r = 0; r < world(MPI_Comm_size); r++)
        done += dispatch_peer(dispatch, r)->done;
    return done;
}

/* Collective: windows of frames one after the other through one dispatcher, as a run does it.
 * nodes: how many nodes the ranks pretend to be on. */
static void check_once(int layers, int frames, int window, int nodes, enum work work)
{
    const int rank = world(MPI_Comm_rank);
    const struct plan plan = plan_within(layers, 1, 1);
    struct fault fault = {0};
    struct trial *trial = calloc(1, sizeof *trial);
    int *all = calloc(CELLS, sizeof *all);
    const struct dispatch_task task = {solve, tick, trial};
    int64_t done = 0;
    trial->work = work;
    CU_ASSERT_EQUAL(dispatch_new(MPI_COMM_WORLD, rank % nodes, &task, &trial->dispatch, &fault), 0);
    for (int first = 0; first < frames || first == 0; first += window) {
        struct queue queue = {0};
        int count = frames - first < window ? frames - first : window;
        if (rank == 0)
            queue_init(&queue, &plan, first, count, dispatch_nodes(trial->dispatch), &fault);
        CU_ASSERT_FALSE(dispatch_run(trial->dispatch, &queue));
        CU_ASSERT_EQUAL(queue.remaining, 0);
        if (rank == 0)
            done += count_done(trial->dispatch);
        queue_reset(&queue);
    }
    CU_ASSERT(trial->most_held <= 2); /* what it works on, and one more */
    MPI_Reduce(trial->solved, all, CELLS, MPI_INT, MPI_SUM, 0, MPI_COMM_WORLD);
    int64_t sum = 0;
    int wrong = 0;
    for (int cell = 0; cell < CELLS && rank == 0; cell++) {
        const int j = cell % MOST_LAYERS;
        const int i = cell / MOST_LAYERS % MOST_LAYERS;
        const int frame = cell / MOST_LAYERS / MOST_LAYERS;
        wrong += all[cell] != (frame < frames && i < j && j < layers);
        sum += all[cell];
    }
    CU_ASSERT_EQUAL(wrong, 0);
    if (rank == 0) {
        CU_ASSERT_EQUAL(sum, plan.pairs_per_frame * frames);
        CU_ASSERT_EQUAL(done, sum);
    }
    dispatch_destroy(&trial->dispatch);
    CU_ASSERT_PTR_NULL(trial->dispatch);
    free(trial);
    free(all);
}

static void test_no_work(void)
{
    check_once(5, 0, 1, 1, NOTHING);
    check_once(15, 40, 40, 1, NOTHING);
    check_once(15, 40, 7, 2, NOTHING);
    for (int k = 0; k < 30; k++)
        check_once(3, 4, 1, 1, NOTHING);
}

static void test_more_ranks_than_pairs(void)
{
    for (int k = 0; k < 10; k++)
        check_once(2, 1, 1, 1, EVEN);
    check_once(3, 1, 1, 3, EVEN);
    check_once(2, 3, 1, 2, UNEVEN);
}

static void test_even(void)
{
    check_once(10, 6, 6, 1, EVEN);
    check_once(10, 6, 4, 3, EVEN);
}

static void test_uneven(void)
{
    check_once(10, 6, 2, 1, UNEVEN);
    check_once(10, 6, 6, 4, UNEVEN);
    check_once(8, 3, 3, 1, ONE_LONG);
}

/* As tests/bench/dispatch.c measures it: long pairs all over the list. Who has one hoards no
 * others. */
static void test_some_long(void)
{
    check_once(16, 4, 4, 1, SOME_LONG);
}

/* While one rank is held by a long pair, the others do the rest: nothing waits behind it. */
static void test_nothing_waits_behind_a_long_pair(void)
{
    const int rank = world(MPI_Comm_rank);
    const struct plan plan = plan_within(4, 1, 1);
    struct fault fault = {0};
    struct queue queue = {0};
    struct trial *trial = calloc(1, sizeof *trial);
    const struct dispatch_task task = {solve, NULL, trial};
    trial->work = ONE_LONG;
    dispatch_new(MPI_COMM_WORLD, 0, &task, &trial->dispatch, &fault);
    if (rank == 0)
        queue_init(&queue, &plan, 0, 1, 1, &fault);
    dispatch_run(trial->dispatch, &queue);
    int mine = 0;
    for (int cell = 0; cell < CELLS; cell++)
        mine += trial->solved[cell];
    if (world(MPI_Comm_size) > 1 && trial->solved[1] > 0)
        CU_ASSERT_EQUAL(mine, 1); /* pair (0, 1) takes longer than all others together */
    queue_reset(&queue);
    dispatch_destroy(&trial->dispatch);
    free(trial);
}

/* One rank wants to stop: all leave at once, with most pairs unsolved, and can run again. */
static void check_stop(int stopper, int64_t after)
{
    const int rank = world(MPI_Comm_rank);
    const struct plan plan = plan_within(16, 1, 1);
    struct fault fault = {0};
    struct trial *trial = calloc(1, sizeof *trial);
    const struct dispatch_task task = {solve, tick, trial};
    trial->work = ONE_LONG;
    trial->stop_after = rank == stopper ? after : 0;
    dispatch_new(MPI_COMM_WORLD, 0, &task, &trial->dispatch, &fault);
    for (int again = 0; again < 2; again++) {
        struct queue queue = {0};
        if (rank == 0)
            queue_init(&queue, &plan, 0, MOST_FRAMES, 1, &fault);
        CU_ASSERT_TRUE(dispatch_run(trial->dispatch, &queue));
        CU_ASSERT(rank != 0 || queue.remaining > 0);
        queue_reset(&queue);
    }
    trial->stop_after = 0; /* and a whole run after it: nothing of the stop is left */
    trial->work = NOTHING;
    struct queue queue = {0};
    if (rank == 0)
        queue_init(&queue, &plan, 0, 1, 1, &fault);
    CU_ASSERT_FALSE(dispatch_run(trial->dispatch, &queue));
    CU_ASSERT(rank != 0 || count_done(trial->dispatch) == plan.pairs_per_frame);
    queue_reset(&queue);
    dispatch_destroy(&trial->dispatch);
    free(trial);
}

static void test_stop(void)
{
    const int size = world(MPI_Comm_size);
    for (int stopper = 0; stopper<size; stopper += size> 4 ? 5 : 1) {
        check_stop(stopper, 1);
        check_stop(stopper, 20);
        check_stop(stopper, size > 4 ? 40 : 300); /* many on few cores get few turns */
    }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"no work at all", test_no_work},
        {"more ranks than pairs", test_more_ranks_than_pairs},
        {"even work", test_even},
        {"uneven work", test_uneven},
        {"some long pairs", test_some_long},
        {"nothing waits behind a long pair", test_nothing_waits_behind_a_long_pair},
        {"any rank can stop all", test_stop},
    };
    MPI_Init(&argc, &argv);
    int failed = suite_run("dispatch", cases, sizeof cases / sizeof *cases);
    MPI_Finalize();
    return failed;
}
