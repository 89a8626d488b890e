#include "plan.h"
#include "gang_plan.h"
#include "machine.h"
#include "sample.h"
#include "strata.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_COUNT = 1000 };

static int choose_count(const struct settings *settings, const struct activations *input,
                        int *count, struct fault *fault)
{
    int64_t asked = settings->sampling.count;
    if (asked == 0)
        asked = input->row_count < DEFAULT_COUNT ? input->row_count : DEFAULT_COUNT;
    if (asked > input->row_count)
        return fault_set(fault, EXIT_INPUT,
                         "sampling.count: %lld inputs asked, but the activations in \"%s\" have "
                         "%lld rows; ask for at most as many, or for 0 (all, at most %d)",
                         (long long)asked, settings->input.activations, (long long)input->row_count,
                         DEFAULT_COUNT);
    if (asked < 2)
        return fault_set(fault, EXIT_INPUT,
                         "sampling.count: a comparison needs at least 2 inputs, found %lld in "
                         "\"%s\"",
                         (long long)asked, settings->input.activations);
    *count = (int)asked;
    return 0;
}

/* Bytes of the largest frame on a node. */
static size_t measure_frame(const struct plan *plan)
{
    size_t largest = 0;
    for (int t = 0; t < plan->checkpoints; t++) {
        size_t bytes = (size_t)plan->layers * strata_space_size(plan->points);
        for (int l = 0; l < plan->layers; l++)
            bytes += (size_t)plan->points * (size_t)plan->widths[(size_t)t * plan->layers + l] *
                     sizeof(double);
        largest = bytes > largest ? bytes : largest;
    }
    return largest;
}

int plan_make(const struct settings *settings, const struct activations *input, size_t node_bytes,
              struct plan *plan, struct fault *fault)
{
    *plan = (struct plan){.layers = input->layer_count,
                          .checkpoints = input->checkpoint_count,
                          .replicates = (int)settings->sampling.replicates};
    plan->frames = plan->replicates * plan->checkpoints;
    plan->pairs_per_frame = (int64_t)plan->layers * (plan->layers - 1) / 2;
    if (plan->layers < 2)
        return fault_set(fault, EXIT_INPUT,
                         "input.layers: a comparison needs at least two layers, found only \"%s\" "
                         "in \"%s\"",
                         input->layers[0], settings->input.activations);
    if (choose_count(settings, input, &plan->points, fault))
        return fault->status;

    const size_t cells = (size_t)plan->layers * (size_t)plan->checkpoints;
    plan->samples = malloc((size_t)plan->replicates * (size_t)plan->points * sizeof *plan->samples);
    plan->widths = malloc(cells * sizeof *plan->widths);
    if (!plan->samples || !plan->widths) {
        plan_reset(plan);
        return fault_set(fault, EXIT_SYSTEM, "memory is short for the plan");
    }
    memcpy(plan->widths, input->widths, cells * sizeof *plan->widths);
    for (int r = 0; r < plan->replicates; r++)
        sample_rows((uint64_t)settings->sampling.seed, (uint64_t)r, input->row_count, plan->points,
                    plan->samples + (size_t)r * plan->points);

    for (size_t k = 0; k < cells; k++) {
        if (plan->widths[k] > INT_MAX)
            fault_set(fault, EXIT_INPUT,
                      "layer \"%s\" in \"%s\" has %lld values an input; at most %d can be "
                      "compared",
                      input->layers[k % (size_t)plan->layers], settings->input.activations,
                      (long long)plan->widths[k], INT_MAX);
    }
    plan->node_bytes = node_bytes;
    plan->gang.applies = gang_plan_applies(settings, plan->points, fault);
    if (plan->gang.applies && !fault->status) {
        plan->window = plan->frames;
        return 0;
    }
    plan->frame_bytes = measure_frame(plan);
    if (strata_space_size(plan->points) == 0 || plan->frame_bytes == 0)
        fault_set(fault, EXIT_INPUT, "sampling.count: %d inputs are more than can be compared",
                  plan->points);
    if (plan->frame_bytes > node_bytes)
        fault_set(
            fault, EXIT_INPUT,
            "one checkpoint of %d layers with %d samples needs %.3g GB on a node, and %.3g "
            "GB may be used; lower sampling.count or input.layers, raise solver.memory, or set "
            "solver.gang: always",
            plan->layers, plan->points, (double)plan->frame_bytes / 1e9, (double)node_bytes / 1e9);
    if (fault->status || plan->frame_bytes == 0) {
        plan_reset(plan);
        return fault->status;
    }
    size_t fit = node_bytes / plan->frame_bytes;
    plan->window = fit < (size_t)plan->frames ? (int)fit : plan->frames;
    return 0;
}

size_t plan_memory(const struct settings *settings, int ranks)
{
    if (settings->solver.memory > 0)
        return (size_t)(settings->solver.memory * 1e9);
    const size_t memory = machine_memory() / 2;
    const size_t shared = machine_shared_memory() / 10 * 9;
    return ranks > 1 && shared < memory ? shared : memory;
}

void plan_reset(struct plan *plan)
{
    free(plan->samples);
    free(plan->widths);
    *plan = (struct plan){0};
}

struct pair plan_pair(const struct plan *plan, int frame, int64_t number)
{
    int i = 0;
    for (int64_t row = plan->layers - 1; number >= row; row--) {
        number -= row;
        i++;
    }
    return (struct pair){frame, i, i + 1 + (int)number};
}
