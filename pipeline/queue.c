#include "queue.h"

#include <stdlib.h>

int queue_init(struct queue *queue, const struct plan *plan, int first, int count, int nodes,
               struct fault *fault)
{
    *queue = (struct queue){.plan = plan, .first = first, .count = count};
    queue->taken = calloc((size_t)count, sizeof *queue->taken);
    queue->frame_of_node = malloc((size_t)nodes * sizeof *queue->frame_of_node);
    if (!queue->taken || !queue->frame_of_node) {
        queue_reset(queue);
        return fault_set(fault, EXIT_SYSTEM, "memory is short for the list of pairs");
    }
    for (int k = 0; k < nodes; k++)
        queue->frame_of_node[k] = -1;
    queue->remaining = plan->pairs_per_frame * count;
    return 0;
}

void queue_reset(struct queue *queue)
{
    free(queue->taken);
    free(queue->frame_of_node);
    *queue = (struct queue){0};
}

/* An unopened frame, else the one with most left; -1 if all pairs are taken. */
static int choose_frame(const struct queue *queue)
{
    int chosen = -1;
    for (int f = 0; f < queue->count; f++) {
        if (queue->taken[f] == 0)
            return f;
        if (queue->taken[f] < queue->plan->pairs_per_frame &&
            (chosen < 0 || queue->taken[f] < queue->taken[chosen]))
            chosen = f;
    }
    return chosen;
}

bool queue_take(struct queue *queue, int node, struct pair *pair)
{
    int f = queue->frame_of_node[node];
    if (f < 0 || queue->taken[f] >= queue->plan->pairs_per_frame)
        f = choose_frame(queue);
    queue->frame_of_node[node] = f;
    if (f < 0)
        return false;
    *pair = plan_pair(queue->plan, queue->first + f, queue->taken[f]++);
    queue->remaining--;
    return true;
}
