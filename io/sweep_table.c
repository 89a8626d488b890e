#include "sweep_table.h"
#include "hdf5_file.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const sweep_state_names[] = {"complete",       "partial",   "failed", "unfinished",
                                         "other settings", "not begun", NULL};

#define MEMBER(name) offsetof(struct sweep_member, name)

const struct sweep_column sweep_columns[] = {
    {"layers", "count", "layers compared", MEMBER(layers), false},
    {"checkpoints", "count", "checkpoints compared", MEMBER(checkpoints), false},
    {"step", "training iteration", "step of the last checkpoint, which the next columns tell of",
     MEMBER(step), false},
    {"comparison", "name",
     "with what layers are compared: each other (within), themselves at other checkpoints "
     "(across), "
     "or another network (against); groups, contrast and all that follows from them are of within",
     MEMBER(comparison), true},
    {"groups", "count", "number of contiguous groups", MEMBER(groups), false},
    {"boundaries", "name", "first layer of each group but the first", MEMBER(boundaries), true},
    {"contrast", "1", "(between - within) / (between + within); 0: one group", MEMBER(contrast),
     false},
    {"p", "probability", "p-value of the best cut if there were no groups", MEMBER(p), false},
    {"emergence_step", "training iteration",
     "step since which every checkpoint has more than one group; empty: the last has one, or there "
     "is one checkpoint",
     MEMBER(emergence_step), false},
    {"settled_step", "training iteration",
     "step since which the groups are those of the last checkpoint; empty as above",
     MEMBER(settled_step), false},
    {"mean_gw", "metric", "mean GW distance of all pairs", MEMBER(mean_gw), false},
    {"within_gw", "metric", "mean GW distance of pairs within a group", MEMBER(within_gw), false},
    {"between_gw", "metric", "mean GW distance of pairs across groups", MEMBER(between_gw), false},
    {"clusters", "count", "number of clusters, not necessarily contiguous", MEMBER(clusters),
     false},
    {"pairs", "count", "pairs of layers at all checkpoints", MEMBER(pairs), false},
    {"failed_pairs", "count", "of these, without a value", MEMBER(failed_pairs), false},
    {"reason", "text", "why there are no results", MEMBER(reason), true},
    {.name = NULL},
};

const char *sweep_text(const struct sweep_member *member, const struct sweep_column *column)
{
    const char *text = *(char *const *)((const char *)member + column->offset);
    return text != NULL ? text : "";
}

double sweep_number(const struct sweep_member *member, const struct sweep_column *column)
{
    return *(const double *)((const char *)member + column->offset);
}

bool sweep_has_results(const struct sweep_member *member)
{
    return member->state == SWEEP_COMPLETE || member->state == SWEEP_PARTIAL;
}

bool sweep_numbers(const struct config_sweep_key *swept, double *numbers)
{
    for (int v = 0; v < swept->count; v++) {
        char *end = NULL;
        numbers[v] = strtod(swept->labels[v], &end);
        if (end == swept->labels[v] || *end != '\0' || !isfinite(numbers[v]))
            return false;
    }
    return true;
}

/* --- The table ------------------------------------------------------------------------------- */

struct sweep_table *sweep_table_new(const struct config_sweep *sweep)
{
    struct sweep_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->sweep = sweep;
    table->members = calloc((size_t)sweep->member_count, sizeof *table->members);
    if (table->members == NULL) {
        free(table);
        return NULL;
    }
    for (int64_t m = 0; m < sweep->member_count; m++) {
        table->members[m].state = SWEEP_MISSING;
        for (const struct sweep_column *column = sweep_columns; column->name; column++)
            if (!column->text)
                *(double *)((char *)&table->members[m] + column->offset) = NAN;
    }
    return table;
}

void sweep_table_destroy(struct sweep_table **table)
{
    if (*table == NULL)
        return;
    sweep_members_free((*table)->members, (*table)->sweep->member_count);
    free(*table);
    *table = NULL;
}

void sweep_members_free(struct sweep_member *members, int64_t count)
{
    for (int64_t m = 0; members && m < count; m++) {
        free(members[m].name);
        free(members[m].reason);
        free(members[m].boundaries);
        free(members[m].comparison);
        results_destroy(&members[m].last);
    }
    free(members);
}

/* --- In words -------------------------------------------------------------------------------- */

static void print_number(double value, int width)
{
    if (isfinite(value))
        printf("  %*.4g", width, value);
    else
        printf("  %*s", width, "-");
}

/* Names come last, as they may be long. */
void sweep_members_print(const struct sweep_member *members, int64_t count)
{
    const char *within = results_comparison_names[RESULTS_WITHIN];
    printf("%5s  %-14s  %6s  %8s  %9s  %8s  member\n", "index", "state", "groups", "contrast",
           "emergence", "mean GW");
    for (int64_t m = 0; m < count; m++) {
        const struct sweep_member *member = &members[m];
        printf("%5lld  %-14s", (long long)m, sweep_state_names[member->state]);
        print_number(member->groups, 6);
        print_number(member->contrast, 8);
        print_number(member->emergence_step, 9);
        print_number(member->mean_gw, 8);
        printf("  %s\n", escape(member->name).text);
        if (member->reason != NULL)
            printf("       %s\n", escape(member->reason).text);
        if (member->comparison != NULL && strcmp(member->comparison, within) != 0)
            printf("       compared %s, where there are no groups\n",
                   escape(member->comparison).text);
    }
}

/* --- sweep.h5 -------------------------------------------------------------------------------- */

/* A column of texts in the making: what they point at is borrowed. */
static int write_names(const struct hdf5_file *file, const struct sweep_table *table,
                       const char **texts)
{
    const struct hdf5_labels labels = {"name", "folder of each member: axis M", NULL};
    const hsize_t extent = (hsize_t)table->sweep->member_count;
    for (int64_t m = 0; m < table->sweep->member_count; m++)
        texts[m] = table->members[m].name;
    return hdf5_file_texts(file, "/name", 1, &extent, (char *const *)texts, (int64_t)extent,
                           &labels);
}

static int write_states(const struct hdf5_file *file, const struct sweep_table *table)
{
    const hsize_t extent = (hsize_t)table->sweep->member_count;
    int32_t *states = calloc(extent, sizeof *states);
    struct hdf5_labels labels = {"code", "how far the member's run is", NULL};
    char *meaning = hdf5_meaning(sweep_state_names);
    labels.meaning = meaning;
    for (hsize_t m = 0; states != NULL && m < extent; m++)
        states[m] = (int32_t)table->members[m].state;
    if (states == NULL || meaning == NULL)
        hdf5_file_out_of_memory(file);
    else
        hdf5_file_dataset(file, "/state", H5T_STD_I32LE, H5T_NATIVE_INT32, 1, &extent, states,
                          &labels);
    free(meaning);
    free(states);
    return file->fault->status;
}

/* /keys/<key>: numbers where all its values are, else texts. values and texts: work space [M]. */
static int write_key(const struct hdf5_file *file, const struct sweep_table *table, int k,
                     double *values, const char **texts)
{
    const struct config_sweep_key *swept = &table->sweep->keys[k];
    const hsize_t extent = (hsize_t)table->sweep->member_count;
    const struct hdf5_labels labels = {"as in the configuration", swept->key->help, NULL};
    char path[256];
    double *numbers = calloc((size_t)swept->count, sizeof *numbers);
    if (numbers == NULL)
        return hdf5_file_out_of_memory(file);
    snprintf(path, sizeof path, "/keys/%s", swept->key->name);
    const bool numeric = sweep_numbers(swept, numbers);
    for (hsize_t m = 0; m < extent; m++) {
        const int place = config_sweep_place(table->sweep, k, (int64_t)m);
        values[m] = numbers[place];
        texts[m] = swept->labels[place];
    }
    free(numbers);
    if (numeric)
        return hdf5_file_dataset(file, path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 1, &extent, values,
                                 &labels);
    return hdf5_file_texts(file, path, 1, &extent, (char *const *)texts, (int64_t)extent, &labels);
}

static int write_column(const struct hdf5_file *file, const struct sweep_table *table,
                        const struct sweep_column *column, double *values, const char **texts)
{
    const hsize_t extent = (hsize_t)table->sweep->member_count;
    const struct hdf5_labels labels = {column->units, column->description, NULL};
    char path[64];
    snprintf(path, sizeof path, "/%s", column->name);
    for (hsize_t m = 0; m < extent; m++) {
        if (column->text)
            texts[m] = sweep_text(&table->members[m], column);
        else
            values[m] = sweep_number(&table->members[m], column);
    }
    if (column->text)
        return hdf5_file_texts(file, path, 1, &extent, (char *const *)texts, (int64_t)extent,
                               &labels);
    return hdf5_file_dataset(file, path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 1, &extent, values,
                             &labels);
}

/* values and texts: work space [M]. */
static int write_all(const struct hdf5_file *file, const struct sweep_table *table, double *values,
                     const char **texts)
{
    int status = write_names(file, table, texts);
    if (!status)
        status = write_states(file, table);
    for (int k = 0; !status && k < table->sweep->key_count; k++)
        status = write_key(file, table, k, values, texts);
    for (const struct sweep_column *column = sweep_columns; !status && column->name; column++)
        status = write_column(file, table, column, values, texts);
    return status;
}

int sweep_table_write(const struct sweep_table *table, const char *path, struct fault *fault)
{
    struct hdf5_file file;
    const size_t count = (size_t)table->sweep->member_count;
    double *values = calloc(count, sizeof *values);
    const char **texts = calloc(count, sizeof *texts);
    int status = hdf5_file_begin(&file, path, "sweep", SWEEP_VERSION, "strata", fault);
    if (values == NULL || texts == NULL)
        hdf5_file_out_of_memory(&file);
    else if (!status)
        write_all(&file, table, values, texts);
    free(texts);
    free(values);
    return hdf5_file_end(&file);
}
