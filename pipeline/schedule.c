#include "schedule.h"
#include "gang_plan.h"
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
    struct gang_formation formation; /* where gangs are the workers */
    struct worker *heap;             /* [ranks] a binary heap: the first to be free on top */
    int busy;                        /* workers in the heap, */
    int workers;                     /* and in all */
    float *ready; /* [nodes, window, spaces] when a space is there; 0: nobody has begun it */
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

static int ranks_of(const struct play *play, int worker)
{
    const struct gang_formation *formation = &play->formation;
    return formation->count > 0
               ? gang_plan_first(formation, worker + 1) - gang_plan_first(formation, worker)
               : 1;
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
    worker->has_ahead = worker->rank > 0 && queue_sends_ahead(&play->queue, play->workers) &&
                        queue_take(&play->queue, node, &worker->ahead);
    double time = get_space(play, worker->rank, pair.frame, pair.i, worker->free);
    time = get_space(play, worker->rank, pair.frame, pair.j, time);
    worker->free =
        time + play->costs->pair(play->costs->context, pair, ranks_of(play, worker->rank));
    return true;
}

/* --- all --- */

/* So many workers, all free at this time, take pairs until there are none to hand out; returns when
 * the last is done. */
static double work_off(struct play *play, int workers, double time)
{
    double last = time;
    for (int k = 0; k < workers; k++)
        play->heap[k] = (struct worker){.free = time, .rank = k};
    play->workers = workers;
    play->busy = workers;
    while (play->busy > 0) {
        if (!start_pair(play)) {
            last = fmax(last, play->heap[0].free);
            play->heap[0] = play->heap[--play->busy];
        }
        sink(play);
    }
    return last;
}

static double work_off_in_gangs(struct play *play)
{
    double time = 0;
    for (int64_t left = play->queue.remaining; left > 0;
         left = play->queue.remaining + play->queue.held) {
        play->formation = gang_plan_form(play->plan, play->ranks, left);
        queue_release(&play->queue, play->formation.pairs);
        time = work_off(play, play->formation.count, time);
    }
    return time;
}

/* The time that frames [first, first + count) take all ranks, from their start at 0. */
static double play_window(struct play *play, int nodes, int first, int count, struct fault *fault)
{
    const size_t spaces = (size_t)play->plan->window * (size_t)play->plan->pairing.spaces;
    for (size_t k = 0; k < (size_t)nodes * spaces; k++)
        play->ready[k] = 0;
    if (queue_init(&play->queue, play->plan, first, count, nodes, fault))
        return 0;
    const double last =
        play->plan->gang.applies ? work_off_in_gangs(play) : work_off(play, play->ranks, 0);
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
