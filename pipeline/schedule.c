#include "schedule.h"
#include "queue.h"

#include <math.h>
#include <stdlib.h>

struct worker {
    double free; /* when it has solved what it works on */
    int rank;
    bool has_ahead;
    struct pair ahead; /* what it was sent ahead */
};

struct play {
    const struct plan *plan;
    const struct schedule_costs *costs;
    int ranks, ranks_per_node;
    struct queue queue;
    struct worker *heap; /* [ranks] a binary heap: the first to be free on top */
    int busy;            /* workers in the heap */
    float *ready;        /* [nodes, window, spaces] when a space is there; 0: nobody has begun it */
};

/* --- the heap --- */

static bool goes_before(const struct worker *a, const struct worker *b)
{
    return a->free < b->free || (a->free == b->free && a->rank < b->rank);
}

/* Moves the worker on top down to its place. */
static void sink(struct play *play)
{
    const struct worker moved = play->heap[0];
    int at = 0;
    for (int child = 1; child < play->busy; child = 2 * at + 1) {
        if (child + 1 < play->busy && goes_before(&play->heap[child + 1], &play->heap[child]))
            child++;
        if (!goes_before(&play->heap[child], &moved))
            break;
        play->heap[at] = play->heap[child];
        at = child;
    }
    play->heap[at] = moved;
}

/* --- a rank --- */

/* When a rank that wants a space at some time has it: it builds it, or waits for who does. */
static double get_space(struct play *play, int rank, int frame, int space, double time)
{
    const struct plan *plan = play->plan;
    const size_t node = (size_t)(rank / play->ranks_per_node);
    float *ready = &play->ready[(node * (size_t)plan->window + (size_t)(frame % plan->window)) *
                                    (size_t)plan->pairing.spaces +
                                (size_t)space];
    if (*ready == 0)
        *ready = (float)(time + play->costs->build);
    return fmax(time, (double)*ready);
}

/* The first worker gets its next pair; false: none is left. */
static bool start_pair(struct play *play)
{
    struct worker *worker = &play->heap[0];
    const int node = worker->rank / play->ranks_per_node;
    struct pair pair = worker->ahead;
    if (!worker->has_ahead && !queue_take(&play->queue, node, &pair))
        return false;
    /* rank 0 takes from the queue itself; the others ask when they begin a pair */
    worker->has_ahead = worker->rank > 0 && queue_sends_ahead(&play->queue, play->ranks) &&
                        queue_take(&play->queue, node, &worker->ahead);
    double time = get_space(play, worker->rank, pair.frame, pair.i, worker->free);
    time = get_space(play, worker->rank, pair.frame, pair.j, time);
    worker->free = time + play->costs->pair(play->costs->context, pair);
    return true;
}

/* --- all --- */

/* The time that frames [first, first + count) take all ranks, from their start at 0. */
static double play_window(struct play *play, int nodes, int first, int count, struct fault *fault)
{
    double last = 0;
    const size_t spaces = (size_t)play->plan->window * (size_t)play->plan->pairing.spaces;
    for (size_t k = 0; k < (size_t)nodes * spaces; k++)
        play->ready[k] = 0;
    for (int rank = 0; rank < play->ranks; rank++)
        play->heap[rank] = (struct worker){.rank = rank};
    play->busy = play->ranks;
    if (queue_init(&play->queue, play->plan, first, count, nodes, fault))
        return 0;
    while (play->busy > 0) {
        if (!start_pair(play)) {
            last = fmax(last, play->heap[0].free);
            play->heap[0] = play->heap[--play->busy];
        }
        sink(play);
    }
    queue_reset(&play->queue);
    return last;
}

int schedule_play(const struct plan *plan, const struct schedule_costs *costs, int ranks,
                  int ranks_per_node, struct schedule *schedule, struct fault *fault)
{
    const int nodes = (ranks + ranks_per_node - 1) / ranks_per_node;
    struct play play = {
        .plan = plan, .costs = costs, .ranks = ranks, .ranks_per_node = ranks_per_node};
    *schedule = (struct schedule){.ranks = ranks, .nodes = nodes};
    play.heap = calloc((size_t)ranks, sizeof *play.heap);
    play.ready = calloc((size_t)nodes * (size_t)plan->window * (size_t)plan->pairing.spaces,
                        sizeof *play.ready);
    if (!play.heap || !play.ready)
        fault_set(fault, EXIT_SYSTEM, "memory is short for playing the run through");
    for (int first = 0; first < plan->frames && !fault->status; first += plan->window) {
        const int left = plan->frames - first;
        const int count = left < plan->window ? left : plan->window;
        schedule->read += costs->read * count;
        schedule->solve += play_window(&play, nodes, first, count, fault);
    }
    free(play.heap);
    free(play.ready);
    return fault->status;
}
