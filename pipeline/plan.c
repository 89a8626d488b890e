#include "plan.h"
#include "gang_plan.h"
#include "machine.h"
#include "sample.h"
#include "strata.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_COUNT = 1000, DRAWN = 0, APART = 1 };

static const char *input_name(const struct settings *settings, int input)
{
    return input == 0 ? settings->input.activations : settings->input.against;
}

static bool is_against(const struct plan *plan)
{
    return plan->pairing.kind == PAIRING_AGAINST;
}

/* --- Rows ------------------------------------------------------------------------------------ */

static int choose_count(const struct settings *settings, const struct activations *input,
                        const char *name, int *count, struct fault *fault)
{
    int64_t asked = settings->sampling.count;
    if (asked == 0)
        asked = input->row_count < DEFAULT_COUNT ? input->row_count : DEFAULT_COUNT;
    if (asked > input->row_count)
        return fault_set(fault, EXIT_INPUT,
                         "sampling.count: %lld inputs asked, but the activations in \"%s\" have "
                         "%lld rows; ask for at most as many, or for 0 (all, at most %d)",
                         (long long)asked, name, (long long)input->row_count, DEFAULT_COUNT);
    if (asked < 2)
        return fault_set(fault, EXIT_INPUT,
                         "sampling.count: a comparison needs at least 2 inputs, found %lld in "
                         "\"%s\"",
                         (long long)asked, name);
    *count = (int)asked;
    return 0;
}

/* The weights of the rows of one replicate, over their sum. */
static int draw_weights(const struct activations *input, const char *name, const int64_t *rows,
                        int count, double *weights, double *effective, struct fault *fault)
{
    double sum = 0;
    double squares = 0;
    for (int k = 0; k < count; k++)
        sum += input->weights[rows[k]];
    for (int k = 0; k < count; k++) {
        weights[k] = input->weights[rows[k]] / sum;
        squares += weights[k] * weights[k];
    }
    if (1 / squares < *effective)
        *effective = 1 / squares;
    if (!(sum > 0))
        return fault_set(fault, EXIT_INPUT,
                         "sampling.weights: all %d inputs that were drawn of \"%s\" have weight "
                         "zero; draw more (sampling.count), or with another sampling.seed",
                         count, name);
    return 0;
}

static int draw(const struct settings *settings, const struct plan_inputs *inputs, int k, int apart,
                struct plan *plan, struct fault *fault)
{
    const struct activations *input = inputs->of[k];
    const uint64_t seed = (uint64_t)settings->sampling.seed;
    struct plan_draw *draw = &plan->draws[k][apart];
    const int n = plan->draws[k][DRAWN].points;
    const size_t count = (size_t)plan->replicates * (size_t)n;
    draw->points = n;
    draw->effective = n;
    draw->rows = malloc(count * sizeof *draw->rows);
    if (input->weights != NULL)
        draw->weights = malloc(count * sizeof *draw->weights);
    if (!draw->rows || (input->weights != NULL && !draw->weights))
        return fault_set(fault, EXIT_SYSTEM, "memory is short for the plan");
    for (int r = 0; r < plan->replicates && !fault->status; r++) {
        int64_t *rows = draw->rows + (size_t)r * n;
        if (apart)
            sample_apart(seed, (uint64_t)r, input->row_count,
                         plan->draws[k][DRAWN].rows + (size_t)r * n, n, rows);
        else
            sample_rows(seed, (uint64_t)r, input->row_count, n, rows);
        if (input->weights != NULL)
            draw_weights(input, input_name(settings, k), rows, n, draw->weights + (size_t)r * n,
                         &draw->effective, fault);
    }
    return fault->status;
}

/* Whether the rows of two files are the same inputs: as their ids say; where neither has any, as
 * within a file, where row k is the same input everywhere. */
static bool same_rows(const struct activations *a, const struct activations *b)
{
    return a->row_count == b->row_count && a->ids == b->ids;
}

/* --- What there is to compare ---------------------------------------------------------------- */

static int check_layers(const struct settings *settings, const struct plan_inputs *inputs,
                        const struct plan *plan, struct fault *fault)
{
    const struct activations *input = inputs->of[0];
    if (plan->pairing.kind == PAIRING_WITHIN && plan->layers < 2)
        return fault_set(fault, EXIT_INPUT,
                         "input.layers: a comparison needs at least two layers, found only \"%s\" "
                         "in \"%s\"",
                         input->layers[0], settings->input.activations);
    if (plan->pairing.kind == PAIRING_ACROSS && plan->checkpoints < 2)
        return fault_set(fault, EXIT_INPUT,
                         "input.pairs: across compares checkpoints with each other, and needs at "
                         "least two; found only \"%s\" in \"%s\"",
                         input->checkpoints[0].key, settings->input.activations);
    for (int k = 0; k < PAIRING_INPUTS && inputs->of[k]; k++) {
        const size_t layers = (size_t)plan->input_layers[k];
        for (size_t w = 0; w < layers * (size_t)plan->input_checkpoints[k]; w++)
            if (plan->widths[k][w] > INT_MAX)
                return fault_set(fault, EXIT_INPUT,
                                 "layer \"%s\" in \"%s\" has %lld values an input; at most %d can "
                                 "be compared",
                                 inputs->of[k]->layers[w % layers], input_name(settings, k),
                                 (long long)plan->widths[k][w], INT_MAX);
    }
    return 0;
}

/* Paths along all other inputs are no longer than straight ones. */
static int check_neighbours(const struct settings *settings, const struct plan *plan,
                            struct fault *fault)
{
    int fewest = plan->draws[0][0].points;
    if (is_against(plan) && plan->draws[1][0].points < fewest)
        fewest = plan->draws[1][0].points;
    if (settings->metric.neighbours >= fewest - 1)
        fault_set(fault, EXIT_INPUT,
                  "metric.neighbours: expected fewer than the %d other inputs that each has, found "
                  "%lld: paths along all of them are Euclidean distances; lower it, or set "
                  "metric.distance: euclidean",
                  fewest - 1, (long long)settings->metric.neighbours);
    return fault->status;
}

/* Pairs of different size, with weights, or of geodesic distances need more than permutations. */
static int choose_method(const struct settings *settings, struct plan *plan, struct fault *fault)
{
    const bool differ = is_against(plan) && plan->draws[0][0].points != plan->draws[1][0].points;
    const bool weighted = plan->draws[0][0].weights != NULL;
    const char *geodesic = "geodesic";
    const bool bent = strcmp(strata_distance_names[settings->metric.distance], geodesic) == 0;
    plan->method = settings->solver.method;
    if (bent && check_neighbours(settings, plan, fault))
        return fault->status;
    if (plan->method == STRATA_METHOD_PERMUTATION && (differ || weighted || bent))
        return fault_set(fault, EXIT_INPUT,
                         "solver.method: permutation solves pairs of as many inputs, without "
                         "weights and not of geodesic distances; here %s; use auto",
                         differ     ? "the numbers of inputs differ (sampling.count)"
                         : weighted ? "sampling.weights is set"
                                    : "metric.distance is geodesic");
    if (plan->method == STRATA_METHOD_AUTO && (differ || weighted || bent))
        plan->method = STRATA_METHOD_CONDITIONAL_GRADIENT;
    else if (plan->method == STRATA_METHOD_PERMUTATION)
        plan->method = STRATA_METHOD_AUTO;
    return 0;
}

/* --- Memory ---------------------------------------------------------------------------------- */

/* Bytes of the largest frame on a node; 0: a space is too large. */
static size_t measure_frame(const struct plan *plan)
{
    size_t largest = 0;
    for (int t = 0; t < plan->checkpoints; t++) {
        size_t bytes = 0;
        for (int s = 0; s < plan->pairing.spaces; s++) {
            const struct place place = plan_place(plan, t, s);
            if (place.checkpoint < 0)
                continue;
            const size_t space = strata_space_size(place.points);
            if (space == 0)
                return 0;
            bytes += space + (size_t)place.points * (size_t)place.width * sizeof(double);
        }
        largest = bytes > largest ? bytes : largest;
    }
    return largest;
}

/* Bytes of a rank's solver: permutations, and dense couplings where they are needed (strata.h,
 * general.h, entropic.h). */
static size_t measure_solver(const struct plan *plan)
{
    const size_t a = (size_t)plan->draws[0][0].points;
    const size_t b = is_against(plan) ? (size_t)plan->draws[1][0].points : a;
    const size_t n = (size_t)plan_points(plan);
    const size_t dense = 40 * a * b + 4 * n * n;
    return 14 * n * n + (plan->method != STRATA_METHOD_AUTO ? dense : 0);
}

static int measure(const struct settings *settings, size_t node_bytes, struct plan *plan,
                   struct fault *fault)
{
    plan->node_bytes = node_bytes;
    plan->gang.applies = gang_plan_applies(settings, plan, fault);
    if (plan->gang.applies || fault->status) {
        plan->window = plan->frames;
        return fault->status;
    }
    plan->frame_bytes = measure_frame(plan);
    plan->solver_bytes = measure_solver(plan);
    if (plan->frame_bytes == 0)
        return fault_set(fault, EXIT_INPUT,
                         "sampling.count: %d inputs are more than can be compared",
                         plan->draws[0][DRAWN].points);
    if (plan->frame_bytes > node_bytes)
        return fault_set(
            fault, EXIT_INPUT,
            "one checkpoint of %d layers with %d samples needs %.3g GB on a node, and %.3g "
            "GB may be used; lower sampling.count or input.layers, raise solver.memory, or set "
            "solver.gang: always",
            plan->pairing.spaces, plan->draws[0][DRAWN].points, (double)plan->frame_bytes / 1e9,
            (double)node_bytes / 1e9);
    const size_t fit = node_bytes / plan->frame_bytes;
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

/* --- The plan -------------------------------------------------------------------------------- */

/* What is known of an input before any rows are drawn. */
static int take_input(const struct settings *settings, const struct activations *input, int k,
                      struct plan *plan, struct fault *fault)
{
    const size_t cells = (size_t)input->layer_count * (size_t)input->checkpoint_count;
    plan->input_layers[k] = input->layer_count;
    plan->input_checkpoints[k] = input->checkpoint_count;
    plan->widths[k] = malloc(cells * sizeof *plan->widths[k]);
    if (plan->widths[k] == NULL)
        return fault_set(fault, EXIT_SYSTEM, "memory is short for the plan");
    memcpy(plan->widths[k], input->widths, cells * sizeof *plan->widths[k]);
    if (choose_count(settings, input, input_name(settings, k), &plan->draws[k][DRAWN].points,
                     fault))
        return fault->status;
    const double part = (double)plan->draws[k][DRAWN].points / (double)input->row_count;
    plan->shared = part > plan->shared ? part : plan->shared;
    if (plan->replicates > 1 && part == 1)
        fault_set(fault, EXIT_INPUT,
                  "sampling.replicates: %d draws of %d inputs from the %d rows of \"%s\" are all "
                  "the same; ask for fewer inputs (sampling.count, at most half of the rows for a "
                  "noise floor), or for one replicate",
                  plan->replicates, plan->draws[k][DRAWN].points, plan->draws[k][DRAWN].points,
                  input_name(settings, k));
    return fault->status;
}

/* The noise floor of an input is measured with the error bars, where it has rows enough. */
static bool has_floor(const struct plan *plan, const struct plan_inputs *inputs, int k)
{
    return inputs->of[k] != NULL && plan->replicates > 1 &&
           inputs->of[k]->row_count >= 2 * (int64_t)plan->draws[k][DRAWN].points;
}

static int make(const struct settings *settings, const struct plan_inputs *inputs,
                size_t node_bytes, struct plan *plan, struct fault *fault)
{
    for (int k = 0; k < PAIRING_INPUTS && inputs->of[k]; k++)
        if (take_input(settings, inputs->of[k], k, plan, fault))
            return fault->status;
    const bool floor[PAIRING_INPUTS] = {has_floor(plan, inputs, 0), has_floor(plan, inputs, 1)};
    const enum pairing_kind kind =
        inputs->of[1] ? PAIRING_AGAINST : (enum pairing_kind)settings->input.pairs;
    plan->pairing = pairing_make(kind, plan->input_layers, plan->checkpoints, floor);
    plan->same_inputs = inputs->of[1] == NULL || same_rows(inputs->of[0], inputs->of[1]);
    for (int t = 0; t < plan->checkpoints; t++) {
        const int64_t count = pairing_count(&plan->pairing, t);
        plan->pairs += count * plan->replicates;
        plan->pairs_per_frame = count > plan->pairs_per_frame ? count : plan->pairs_per_frame;
    }
    if (check_layers(settings, inputs, plan, fault))
        return fault->status;
    for (int k = 0; k < PAIRING_INPUTS && inputs->of[k]; k++) {
        if (draw(settings, inputs, k, DRAWN, plan, fault) ||
            (floor[k] && draw(settings, inputs, k, APART, plan, fault)))
            return fault->status;
    }
    return choose_method(settings, plan, fault) ? fault->status
                                                : measure(settings, node_bytes, plan, fault);
}

int plan_make(const struct settings *settings, const struct plan_inputs *inputs, size_t node_bytes,
              struct plan *plan, struct fault *fault)
{
    *plan = (struct plan){.layers = inputs->of[0]->layer_count,
                          .checkpoints = inputs->of[0]->checkpoint_count,
                          .replicates = (int)settings->sampling.replicates};
    plan->frames = plan->replicates * plan->checkpoints;
    if (plan_inputs_match(settings, inputs, fault) ||
        make(settings, inputs, node_bytes, plan, fault))
        plan_reset(plan);
    return fault->status;
}

void plan_reset(struct plan *plan)
{
    for (int k = 0; k < PAIRING_INPUTS; k++) {
        for (int apart = 0; apart < 2; apart++) {
            free(plan->draws[k][apart].rows);
            free(plan->draws[k][apart].weights);
        }
        free(plan->widths[k]);
    }
    *plan = (struct plan){0};
}

int plan_points(const struct plan *plan)
{
    const int a = plan->draws[0][DRAWN].points;
    const int b = plan->draws[1][DRAWN].points;
    return a > b ? a : b;
}

int64_t plan_widest(const struct plan *plan)
{
    int64_t widest = 0;
    for (int k = 0; k < PAIRING_INPUTS; k++)
        for (int w = 0; w < plan->input_layers[k] * plan->input_checkpoints[k]; w++)
            widest = plan->widths[k][w] > widest ? plan->widths[k][w] : widest;
    return widest;
}

int64_t plan_pairs(const struct plan *plan, int frame)
{
    return pairing_count(&plan->pairing, frame % plan->checkpoints);
}

struct pair plan_pair(const struct plan *plan, int frame, int64_t number)
{
    struct pair pair = {.frame = frame};
    pairing_get(&plan->pairing, frame % plan->checkpoints, number, &pair.i, &pair.j);
    return pair;
}

struct place plan_place(const struct plan *plan, int frame, int space)
{
    const struct pairing_group *group = pairing_group_of(&plan->pairing, space);
    const struct plan_draw *draw = &plan->draws[group->input][group->apart];
    const int replicate = frame / plan->checkpoints;
    const int T = plan->input_checkpoints[group->input];
    const size_t from = (size_t)replicate * (size_t)draw->points;
    struct place place = {.input = group->input,
                          .layer = space - group->first,
                          .points = draw->points,
                          .rows = draw->rows + from,
                          .weights = draw->weights ? draw->weights + from : NULL};
    place.checkpoint = pairing_checkpoint(&plan->pairing, group, frame % plan->checkpoints);
    if (T == 1 && group->input > 0)
        place.checkpoint = 0; /* one that all are compared with */
    if (place.checkpoint >= 0)
        place.width = plan->widths[group->input]
                                  [(size_t)place.checkpoint * group->layers + (size_t)place.layer];
    return place;
}

bool plan_has_identity(const struct plan *plan, struct pair pair)
{
    const struct pairing_group *a = pairing_group_of(&plan->pairing, pair.i);
    const struct pairing_group *b = pairing_group_of(&plan->pairing, pair.j);
    return a->apart == b->apart && (a->input == b->input || plan->same_inputs) &&
           plan->draws[a->input][0].points == plan->draws[b->input][0].points;
}
