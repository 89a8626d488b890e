#include "results_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBER(name) .offset = offsetof(struct results, name)
#define LAYERS                                                                                     \
    {                                                                                              \
        AXIS_LAYER                                                                                 \
    }
#define CHECKPOINTS                                                                                \
    {                                                                                              \
        AXIS_CHECKPOINT                                                                            \
    }
#define MATRICES                                                                                   \
    {                                                                                              \
        AXIS_CHECKPOINT, AXIS_LAYER, AXIS_COLUMN                                                   \
    }
#define REPLICATES                                                                                 \
    {                                                                                              \
        AXIS_REPLICATE, AXIS_CHECKPOINT, AXIS_LAYER, AXIS_COLUMN                                   \
    }

/* Distances are those of the configured metric after its normalisation, so their unit is "metric"
 * (a pure number, unless metric.normalize is none). */
const struct results_field results_fields[] = {
    {"/layers", RESULTS_TEXT, LAYERS, "name", "layers in network order: axis L", MEMBER(layers)},
    {"/steps", RESULTS_INT64, CHECKPOINTS, "training iteration",
     "training iteration of each checkpoint: axis T", MEMBER(steps)},
    {"/checkpoints", RESULTS_TEXT, CHECKPOINTS, "name",
     "key of each checkpoint in the activations file", MEMBER(checkpoints)},
    {"/samples",
     RESULTS_INT64,
     {AXIS_REPLICATE, AXIS_SAMPLE},
     "row",
     "rows of the activations that each replicate used",
     MEMBER(samples)},
    {"/columns",
     RESULTS_TEXT,
     {AXIS_COLUMN},
     "name",
     "what each layer is compared with: layers of the other network, or checkpoints of its own: "
     "axis M",
     MEMBER(columns),
     STORED_OTHER},
    {"/steps_against", RESULTS_INT64, CHECKPOINTS, "training iteration",
     "training iteration of the other network at each checkpoint", MEMBER(other_steps),
     STORED_AGAINST},
    {"/samples_against",
     RESULTS_INT64,
     {AXIS_REPLICATE, AXIS_OTHER_SAMPLE},
     "row",
     "rows of the other network's activations that each replicate used",
     MEMBER(other_samples),
     STORED_AGAINST},

    {"/gw/loss", RESULTS_FLOAT64, MATRICES, "metric^2",
     "GW loss: min over couplings T of sum (A_ik - B_jl)^2 T_ij T_kl; mean over replicates",
     MEMBER(loss)},
    {"/gw/loss_stderr", RESULTS_FLOAT64, MATRICES, "metric^2",
     "standard error of the loss for inputs at large, from the spread over replicates and what "
     "these share",
     MEMBER(loss_stderr), STORED_REPLICATED},
    {"/gw/distance", RESULTS_FLOAT64, MATRICES, "metric", "GW distance of order 2: sqrt(loss) / 2",
     MEMBER(distance)},
    {"/gw/identity_loss", RESULTS_FLOAT64, MATRICES, "metric^2",
     "loss of matching each input to itself; mean over replicates; NaN: the inputs differ",
     MEMBER(identity_loss)},
    {"/gw/lower_bound", RESULTS_FLOAT64, MATRICES, "metric^2",
     "certified lower bound of the loss; mean over replicates", MEMBER(lower_bound)},
    {"/gw/gap", RESULTS_FLOAT64, MATRICES, "metric^2",
     "Frank-Wolfe gap at the solution; 0: no linear improvement is left", MEMBER(gap)},
    {"/gw/seconds", RESULTS_FLOAT64, MATRICES, "s", "time to solve, all replicates",
     MEMBER(seconds)},
    {"/gw/start", RESULTS_INT32, MATRICES, "code", "initial coupling that led to the best loss",
     MEMBER(start), STORED_ALWAYS, NAMES_START},
    {"/gw/method", RESULTS_INT32, MATRICES, "code", "how the pair was solved", MEMBER(method),
     STORED_ALWAYS, NAMES_METHOD},
    {"/gw/iterations", RESULTS_INT32, MATRICES, "count", "iterations, all starts",
     MEMBER(iterations)},
    {"/gw/swaps", RESULTS_INT32, MATRICES, "count", "improving swaps of the local search",
     MEMBER(swaps)},
    {"/gw/swaps_left", RESULTS_INT32, MATRICES, "count",
     "points whose best swap would still lower the loss; 0: no swap would; -1: not counted",
     MEMBER(swaps_left)},
    {"/gw/status", RESULTS_INT32, MATRICES, "code", "how the solve of the pair ended",
     MEMBER(status), STORED_ALWAYS, NAMES_STATUS},
    {"/gw/noise_floor",
     RESULTS_FLOAT64,
     {AXIS_CHECKPOINT, AXIS_LAYER},
     "metric",
     "GW distance of each layer from itself on other inputs, mean over replicates; NaN: not "
     "measured",
     MEMBER(noise_floor)},
    {"/gw/column_noise_floor",
     RESULTS_FLOAT64,
     {AXIS_CHECKPOINT, AXIS_COLUMN},
     "metric",
     "the same of the layers of the other network",
     MEMBER(column_noise_floor),
     STORED_AGAINST},
    {"/across/settled",
     RESULTS_INT64,
     {AXIS_LAYER},
     "training iteration",
     "step since which each layer is within half its largest distance from its final form",
     MEMBER(settled),
     STORED_ACROSS},

    {"/gw/replicates/loss", RESULTS_FLOAT64, REPLICATES, "metric^2", "GW loss of each replicate",
     MEMBER(replicate_loss), STORED_REPLICATED, NAMES_NONE, "/gw/loss"},
    {"/gw/replicates/identity_loss", RESULTS_FLOAT64, REPLICATES, "metric^2",
     "loss of matching each input to itself, of each replicate", MEMBER(replicate_identity_loss),
     STORED_REPLICATED, NAMES_NONE, "/gw/identity_loss"},
    {"/gw/replicates/lower_bound", RESULTS_FLOAT64, REPLICATES, "metric^2",
     "certified lower bound of the loss of each replicate", MEMBER(replicate_lower_bound),
     STORED_REPLICATED, NAMES_NONE, "/gw/lower_bound"},
    {"/gw/replicates/status", RESULTS_INT32, REPLICATES, "code",
     "how the solve of the pair ended in each replicate", MEMBER(replicate_status),
     STORED_REPLICATED, NAMES_STATUS, "/gw/status"},

    {"/subnets/segments",
     RESULTS_INT32,
     {AXIS_CHECKPOINT, AXIS_LAYER},
     "label",
     "contiguous group of each layer, from 0 in layer order; -1: no valid comparison",
     MEMBER(segments),
     STORED_WITHIN},
    {"/subnets/segment_count", RESULTS_INT32, CHECKPOINTS, "count", "number of contiguous groups",
     MEMBER(segment_count), STORED_WITHIN},
    {"/subnets/segment_score", RESULTS_FLOAT64, CHECKPOINTS, "1",
     "contrast (far - near) / (far + near) between against within groups, at equal depth "
     "apart; 0: one group",
     MEMBER(segment_score), STORED_WITHIN},
    {"/subnets/segment_p", RESULTS_FLOAT64, CHECKPOINTS, "probability",
     "p-value of the best cut under layers with trend and noise but no groups", MEMBER(segment_p),
     STORED_WITHIN},
    {"/subnets/boundary_strength",
     RESULTS_FLOAT64,
     {AXIS_CHECKPOINT, AXIS_BOUNDARY},
     "1",
     "contrast (far - near) / (far + near) across a boundary behind layer k, at equal depth "
     "apart: of its two groups, or, where there is no boundary, of the window that shows most of "
     "it; NaN: nothing to compare",
     MEMBER(boundary_strength),
     STORED_WITHIN},
    {"/subnets/nearest", RESULTS_INT32, CHECKPOINTS, "layer",
     "the shallowest boundary of the best cut is behind this layer, also where it is not deep "
     "enough; -1: it has none",
     MEMBER(nearest), STORED_WITHIN},
    {"/subnets/nearest_strength", RESULTS_FLOAT64, CHECKPOINTS, "1",
     "its contrast (far - near) / (far + near); NaN: there is none", MEMBER(nearest_strength),
     STORED_WITHIN},
    {"/subnets/clusters",
     RESULTS_INT32,
     {AXIS_CHECKPOINT, AXIS_LAYER},
     "label",
     "group of each layer, not necessarily contiguous; -1: no valid comparison",
     MEMBER(clusters),
     STORED_WITHIN},
    {"/subnets/cluster_count", RESULTS_INT32, CHECKPOINTS, "count", "number of clusters",
     MEMBER(cluster_count), STORED_WITHIN},
    {"/subnets/cluster_score", RESULTS_FLOAT64, CHECKPOINTS, "1",
     "mean silhouette of the clusters; 0 for one", MEMBER(cluster_score), STORED_WITHIN},

    {"/series/mean_gw", RESULTS_FLOAT64, CHECKPOINTS, "metric", "mean GW distance of all pairs",
     MEMBER(mean_gw), STORED_WITHIN},
    {"/series/within_gw", RESULTS_FLOAT64, CHECKPOINTS, "metric",
     "mean GW distance of pairs within a contiguous group", MEMBER(within_gw), STORED_WITHIN},
    {"/series/between_gw", RESULTS_FLOAT64, CHECKPOINTS, "metric",
     "mean GW distance of pairs across groups", MEMBER(between_gw), STORED_WITHIN},
    {"/series/contrast", RESULTS_FLOAT64, CHECKPOINTS, "1",
     "(between - within) / (between + within); 0: one group", MEMBER(contrast), STORED_WITHIN},
    {"/series/agreement_previous", RESULTS_FLOAT64, CHECKPOINTS, "1",
     "adjusted Rand index of the groups with those of the checkpoint before",
     MEMBER(agreement_previous), STORED_WITHIN},
    {"/series/agreement_last", RESULTS_FLOAT64, CHECKPOINTS, "1",
     "adjusted Rand index of the groups with those of the last checkpoint", MEMBER(agreement_last),
     STORED_WITHIN},
    {"/series/cluster_agreement", RESULTS_FLOAT64, CHECKPOINTS, "1",
     "adjusted Rand index of contiguous groups and clusters", MEMBER(cluster_agreement),
     STORED_WITHIN},
    {"/series/scalar_names",
     RESULTS_TEXT,
     {AXIS_SCALAR},
     "name",
     "scalars that the checkpoints carry, by name: axis S",
     MEMBER(scalars)},
    {"/series/scalars",
     RESULTS_FLOAT64,
     {AXIS_CHECKPOINT, AXIS_SCALAR},
     "as in the activations",
     "scalar carried by the checkpoints; NaN where one lacks it",
     MEMBER(scalar_values),
     STORED_BY_SCALAR},

    {"/provenance/configuration",
     RESULTS_TEXT,
     {AXIS_END},
     "YAML",
     "effective configuration",
     MEMBER(configuration)},
    {"/provenance/input", RESULTS_TEXT, {AXIS_END}, "text", "files read", MEMBER(input)},
    {"/provenance/model",
     RESULTS_TEXT,
     {AXIS_END},
     "text",
     "model, as the activations name it",
     MEMBER(model)},
    {"/provenance/dataset",
     RESULTS_TEXT,
     {AXIS_END},
     "text",
     "data set, as the activations name it",
     MEMBER(dataset)},
    {"/provenance/versions",
     RESULTS_TEXT,
     {AXIS_END},
     "text",
     "versions of Strata, of its numbers, and of libraries",
     MEMBER(versions)},
    {"/provenance/started",
     RESULTS_TEXT,
     {AXIS_END},
     "ISO 8601 UTC",
     "start of the run",
     MEMBER(started)},
    {"/provenance/ended",
     RESULTS_TEXT,
     {AXIS_END},
     "ISO 8601 UTC",
     "end of the run",
     MEMBER(ended)},
    {"/provenance/ranks", RESULTS_INT32, {AXIS_END}, "count", "MPI ranks", MEMBER(ranks)},
    {.path = NULL},
};

/* The axes: symbol, and where their count is. */
static const struct {
    const char *symbol;
    size_t offset;
} axes[AXIS_COUNT] = {
    [AXIS_LAYER] = {"L", offsetof(struct results, layer_count)},
    [AXIS_CHECKPOINT] = {"T", offsetof(struct results, checkpoint_count)},
    [AXIS_REPLICATE] = {"R", offsetof(struct results, replicate_count)},
    [AXIS_SAMPLE] = {"n", offsetof(struct results, sample_count)},
    [AXIS_SCALAR] = {"S", offsetof(struct results, scalar_count)},
    [AXIS_BOUNDARY] = {"L-1", 0},
    [AXIS_COLUMN] = {"M", offsetof(struct results, column_count)},
    [AXIS_OTHER_SAMPLE] = {"m", offsetof(struct results, other_sample_count)},
};

/* The axis that gives the count: columns WITHIN are the layers. */
static enum results_axis counted(const struct results *results, enum results_axis axis)
{
    return axis == AXIS_COLUMN && results->comparison == RESULTS_WITHIN ? AXIS_LAYER : axis;
}

int *results_extent_member(struct results *results, enum results_axis axis)
{
    return axis == AXIS_BOUNDARY ? NULL
                                 : (int *)((char *)results + axes[counted(results, axis)].offset);
}

int results_extent(const struct results *results, enum results_axis axis)
{
    if (axis == AXIS_BOUNDARY)
        return results->layer_count - 1;
    return *(const int *)((const char *)results + axes[counted(results, axis)].offset);
}

const char *results_axis_symbol(const struct results *results, enum results_axis axis)
{
    return axes[counted(results, axis)].symbol;
}

int results_field_rank(const struct results_field *field)
{
    int rank = 0;
    while (field->shape[rank] != AXIS_END)
        rank++;
    return rank;
}

int64_t results_field_count(const struct results *results, const struct results_field *field)
{
    int64_t count = 1;
    for (int k = 0; field->shape[k] != AXIS_END; k++) {
        int extent = results_extent(results, field->shape[k]);
        if (extent < 0 || __builtin_mul_overflow(count, (int64_t)extent, &count))
            return -1;
    }
    return count <= INT64_MAX / (int64_t)sizeof(double) ? count : -1;
}

size_t results_type_size(enum results_type type)
{
    static const size_t sizes[] = {sizeof(double), sizeof(int32_t), sizeof(int64_t),
                                   sizeof(char *)};
    return sizes[type];
}

const char *results_type_name(enum results_type type)
{
    static const char *const names[] = {"float64", "int32", "int64", "string"};
    return names[type];
}

void *results_field_data(const struct results *results, const struct results_field *field)
{
    void *member = (char *)results + field->offset;
    return field->shape[0] == AXIS_END ? member : *(void **)member;
}

bool results_field_stored(const struct results *results, const struct results_field *field)
{
    switch (field->storage) {
    case STORED_REPLICATED:
        return results->replicate_count > 1;
    case STORED_WITHIN:
        return results->comparison == RESULTS_WITHIN;
    case STORED_ACROSS:
        return results->comparison == RESULTS_ACROSS;
    case STORED_AGAINST:
        return results->comparison == RESULTS_AGAINST;
    case STORED_OTHER:
        return results->comparison != RESULTS_WITHIN;
    default:
        return true;
    }
}

const struct results_field *results_field_find(const char *path)
{
    const struct results_field *field = results_fields;
    while (field->path && strcmp(field->path, path) != 0)
        field++;
    return field->path ? field : NULL;
}

char *results_scalar_path(const struct results_field *field, const char *name)
{
    size_t prefix = strlen(field->path);
    char *path = malloc(prefix + 3 * strlen(name) + 3);
    if (!path)
        return NULL;
    memcpy(path, field->path, prefix);
    char *end = path + prefix;
    *end++ = '/';
    if (!*name)
        *end++ = '%'; /* the empty name: no escape is this short */
    for (const char *c = name; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        bool plain = byte >= ' ' && byte != 0x7f && byte != '/' && byte != '%';
        if (plain && !(c == name && byte == '.'))
            *end++ = *c;
        else
            end += sprintf(end, "%%%02X", byte);
    }
    *end = '\0';
    return path;
}
