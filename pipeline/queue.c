#include "queue.h"

#include <stdlib.h>

int queue_init(struct queue *queue, const struct plan *plan, int first, int count, int nodes,
               struct fault *fault)
{
    *queue = (struct queue){.plan = plan, .first = first, .count = count};
    queue->next = calloc((size_t)count + 1, sizeof *queue->next);
    queue->left = calloc((size_t)count + 1, sizeof *queue->left);
    queue->known = calloc((size_t)count * (size_t)plan->pairs_per_frame + 1, sizeof *queue->known);
    queue->frame_of_node = malloc((size_t)nodes * sizeof *queue->frame_of_node);
    if (!queue->next || !queue->left || !queue->known || !queue->frame_of_node) {
        queue_reset(queue);
        return fault_set(fault, EXIT_SYSTEM, "memory is short for the list of pairs");
    }
    for (int f = 0; f < count; f++)
        queue->remaining += queue->left[f] = plan_pairs(plan, first + f);
    for (int k = 0; k < nodes; k++)
        queue->frame_of_node[k] = -1;
    return 0;
}

void queue_reset(struct queue *queue)
{
    free(queue->next);
    free(queue->left);
    free(queue->known);
    free(queue->frame_of_node);
    *queue = (struct queue){0};
}

static bool *known_at(const struct queue *queue, int f)
{
    return queue->known + (size_t)f * (size_t)queue->plan->pairs_per_frame;
}

void queue_skip(struct queue *queue, int frame, int64_t number)
{
    const int f = frame - queue->first;
    known_at(queue, f)[number] = true;
    queue->left[f]--;
    queue->remaining--;
}

void queue_release(struct queue *queue, int64_t count)
{
    queue->held += queue->remaining - count;
    queue->remaining = count;
}

/* An unopened frame, else the one with most left; -1 if all pairs are taken. */
static int choose_frame(const struct queue *queue)
{
    int chosen = -1;
    for (int f = 0; f < queue->count; f++) {
        if (queue->left[f] == 0)
            continue;
        if (queue->next[f] == 0)
            return f;
        if (chosen < 0 || queue->left[f] > queue->left[chosen])
            chosen = f;
    }
    return chosen;
}

bool queue_sends_ahead(const struct queue *queue, int ranks)
{
    return queue->remaining > 2 * (int64_t)ranks;
}

bool queue_take(struct queue *queue, int node, struct pair *pair)
{
    if (queue->remaining == 0)
        return false;
    int f = queue->frame_of_node[node];
    if (f < 0 || queue->left[f] == 0)
        f = choose_frame(queue);
    queue->frame_of_node[node] = f;
    if (f < 0)
        return false;
    while (known_at(queue, f)[queue->next[f]])
        queue->next[f]++;
    *pair = plan_pair(queue->plan, queue->first + f, queue->next[f]++);
    queue->left[f]--;
    queue->remaining--;
    return true;
}
