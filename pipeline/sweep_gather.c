#include "sweep_gather.h"
#include "csv.h"
#include "draft.h"
#include "figures_sweep.h"
#include "output.h"
#include "results.h"
#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- What a member found --------------------------------------------------------------------- */

/* The first layer of each group but the first: "block4.out, block8.out"; NULL if memory is short.
 */
static char *boundaries(const struct results *results)
{
    struct draft draft;
    FILE *out = draft_begin(&draft);
    const int layers = results->layer_count;
    const int32_t *label = results->segments + (int64_t)(results->checkpoint_count - 1) * layers;
    int32_t before = -1;
    if (out == NULL)
        return NULL;
    for (int k = 0; k < layers; k++) {
        if (label[k] < 0)
            continue;
        if (before >= 0 && label[k] != before)
            fprintf(out, "%s%s", ftell(out) > 0 ? ", " : "", results->layers[k]);
        before = label[k];
    }
    return draft_end(&draft);
}

/* The checkpoint since which there is more than one group. */
static int emergence(const struct results *results)
{
    int first = results->checkpoint_count - 1;
    while (first > 0 && results->segment_count[first - 1] > 1)
        first--;
    return first;
}

static int fill_numbers(struct sweep_member *member, const struct results *results)
{
    const int last = results->checkpoint_count - 1;
    member->layers = results->layer_count;
    member->checkpoints = results->checkpoint_count;
    member->step = (double)results->steps[last];
    member->pairs = (double)summary_pairs(results, false);
    member->failed_pairs = (double)summary_pairs(results, true);
    member->state = member->failed_pairs > 0 ? SWEEP_PARTIAL : SWEEP_COMPLETE;
    member->comparison = strdup(results_comparison_names[results->comparison]);
    if (results->comparison != RESULTS_WITHIN) /* there are no groups */
        return member->comparison != NULL;
    member->groups = results->segment_count[last];
    member->contrast = results->contrast[last];
    member->p = results->segment_p[last];
    member->mean_gw = results->mean_gw[last];
    member->within_gw = results->within_gw[last];
    member->between_gw = results->between_gw[last];
    member->clusters = results->cluster_count[last];
    if (member->groups > 1 && last > 0) {
        member->emergence_step = (double)results->steps[emergence(results)];
        member->settled_step = (double)results->steps[summary_since(results)];
    }
    member->boundaries = boundaries(results);
    return member->boundaries != NULL && member->comparison != NULL;
}

/* The last checkpoint of the results alone; NULL if memory is short. */
static struct results *slice_last(const struct results *results)
{
    const struct results shape = {
        .layer_count = results->layer_count, .checkpoint_count = 1, .replicate_count = 1};
    const size_t layers = (size_t)results->layer_count;
    const size_t last = (size_t)results->checkpoint_count - 1;
    struct results *slice = results_new(&shape);
    if (slice == NULL)
        return NULL;
    memcpy(slice->distance, results->distance + last * layers * layers,
           layers * layers * sizeof *slice->distance);
    memcpy(slice->segments, results->segments + last * layers, layers * sizeof *slice->segments);
    slice->segment_count[0] = results->segment_count[last];
    slice->steps[0] = results->steps[last];
    slice->configuration = results->configuration ? strdup(results->configuration) : NULL;
    if (results->configuration && !slice->configuration)
        results_destroy(&slice);
    return slice;
}

/* --- Whether results are the member's -------------------------------------------------------- */

static bool is_swept(const struct sweep *sweep, const struct config_key *key)
{
    for (int k = 0; k < sweep->members.key_count; k++)
        if (sweep->members.keys[k].key == key)
            return true;
    return false;
}

static char *reason_of(const struct config_key *key, const char *then, const char *now)
{
    struct draft draft;
    FILE *out = draft_begin(&draft);
    if (out == NULL)
        return NULL;
    fprintf(out, "made with %s: %s; the sweep has %s", key->name, then, now);
    return draft_end(&draft);
}

static int short_of_memory(struct fault *fault)
{
    return fault_set(fault, EXIT_SYSTEM, "memory is short");
}

/* The first key that bears on the numbers, or on the name, and differs, as a reason; none: NULL.
 * Owned by the caller. */
static char *difference(const struct sweep *sweep, const struct settings *found,
                        const struct settings *expected, struct fault *fault)
{
    char *reason = NULL;
    for (const struct config_key *key = settings_table;
         key->name && reason == NULL && !fault->status; key++) {
        if (key->incidental && !is_swept(sweep, key))
            continue;
        char *then = config_value_text(key, found);
        char *now = config_value_text(key, expected);
        const bool differs = then && now && strcmp(then, now) != 0;
        if (differs)
            reason = reason_of(key, then, now);
        if (then == NULL || now == NULL || (differs && reason == NULL))
            short_of_memory(fault);
        free(then);
        free(now);
    }
    return reason;
}

/* Why the results are not those of the member, or NULL. */
static char *foreign(const struct sweep *sweep, const struct results *results,
                     const struct settings *expected, struct fault *fault)
{
    struct settings found = {0};
    struct fault unreadable = {0};
    char *reason = NULL;
    const char *text = results->configuration ? results->configuration : "";
    config_load_text(settings_table, "/provenance/configuration", text, &found, &unreadable);
    if (!unreadable.status)
        reason = difference(sweep, &found, expected, fault);
    else if (unreadable.status == EXIT_SYSTEM || (reason = strdup(unreadable.text)) == NULL)
        short_of_memory(fault);
    config_reset(settings_table, &found);
    return reason;
}

/* --- The members ----------------------------------------------------------------------------- */

/* A file that cannot be read is a failed member, not the end of the gathering. */
static void read_results(const struct sweep *sweep, const struct settings *settings,
                         const char *path, bool shown, struct sweep_member *member,
                         struct fault *fault)
{
    struct results *results = NULL;
    struct fault unreadable = {0};
    if (results_read(path, &results, &unreadable) == EXIT_INPUT) {
        member->state = SWEEP_FAILED;
        member->reason = strdup(unreadable.text);
        if (member->reason == NULL)
            short_of_memory(fault);
        return;
    }
    if (unreadable.status) {
        short_of_memory(fault);
        return;
    }
    member->reason = foreign(sweep, results, settings, fault);
    if (member->reason != NULL)
        member->state = SWEEP_FOREIGN;
    else if (!fill_numbers(member, results) || (shown && results->comparison == RESULTS_WITHIN &&
                                                (member->last = slice_last(results)) == NULL))
        short_of_memory(fault);
    results_destroy(&results);
}

static int read_member(const struct sweep_source *source, const struct sweep *sweep, int64_t m,
                       struct sweep_member *member, struct fault *fault)
{
    struct settings settings = {0};
    char *path = NULL;
    if (sweep_load(source, sweep, m, &settings, fault))
        return fault->status;
    const char *folder = settings.output.directory;
    path = output_path(folder, "results.h5");
    member->name = strdup(folder + strlen(sweep->directory) + 1);
    if (path == NULL || member->name == NULL)
        short_of_memory(fault);
    else if ((member->reason = sweep_noted(folder)) != NULL)
        member->state = SWEEP_FAILED;
    else if (access(path, F_OK) == 0)
        read_results(sweep, &settings, path, figures_sweep_shows(&sweep->members, m), member,
                     fault);
    else
        member->state = access(folder, F_OK) == 0 ? SWEEP_UNFINISHED : SWEEP_MISSING;
    free(path);
    config_reset(settings_table, &settings);
    return fault->status;
}

/* --- The table ------------------------------------------------------------------------------- */

static void write_csv(const void *data, FILE *out)
{
    const struct sweep_table *table = data;
    const struct config_sweep *sweep = table->sweep;
    fputs("index,name,state", out);
    for (int k = 0; k < sweep->key_count; k++)
        fprintf(out, ",%s", sweep->keys[k].key->name);
    for (const struct sweep_column *column = sweep_columns; column->name; column++)
        fprintf(out, ",%s", column->name);
    fputc('\n', out);
    for (int64_t m = 0; m < sweep->member_count; m++) {
        const struct sweep_member *member = &table->members[m];
        fprintf(out, "%lld,", (long long)m);
        csv_text(member->name, out);
        fprintf(out, ",%s", sweep_state_names[member->state]);
        for (int k = 0; k < sweep->key_count; k++) {
            fputc(',', out);
            csv_text(sweep->keys[k].labels[config_sweep_place(sweep, k, m)], out);
        }
        for (const struct sweep_column *column = sweep_columns; column->name; column++) {
            if (!column->text) {
                csv_real(sweep_number(member, column), out);
            } else {
                fputc(',', out);
                csv_text(sweep_text(member, column), out);
            }
        }
        fputc('\n', out);
    }
}

static int write_all(const struct sweep *sweep, const struct sweep_table *table,
                     struct fault *fault)
{
    int pictures = 0;
    char *csv = output_path(sweep->directory, "sweep.csv");
    char *h5 = output_path(sweep->directory, "sweep.h5");
    if (csv == NULL || h5 == NULL)
        short_of_memory(fault);
    else if (csv_write(csv, write_csv, table, fault) == 0 &&
             sweep_table_write(table, h5, fault) == 0 &&
             figures_sweep_draw(table, sweep->directory, sweep->figures, &pictures, fault) == 0) {
        printf("\ntable     %s\ntable     %s\n", csv, h5);
        if (pictures > 0)
            printf("pictures  %s/figures/ (%d files; start with matrices)\n", sweep->directory,
                   pictures);
    }
    free(h5);
    free(csv);
    return fault->status;
}

static int64_t count_state(const struct sweep_table *table,
                           bool (*counts)(const struct sweep_member *))
{
    int64_t count = 0;
    for (int64_t m = 0; m < table->sweep->member_count; m++)
        count += counts(&table->members[m]);
    return count;
}

static bool is_complete(const struct sweep_member *member)
{
    return member->state == SWEEP_COMPLETE;
}

/* Says what there is and writes it, if there is anything. */
static int conclude(const struct sweep_source *source, const struct sweep *sweep,
                    const struct sweep_table *table, struct fault *fault)
{
    const int64_t count = sweep->members.member_count;
    const int64_t complete = count_state(table, is_complete);
    if (count_state(table, sweep_has_results) == 0) {
        sweep_members_print(table->members, count);
        return fault_set(fault, EXIT_INPUT,
                         "nothing to gather: none of the %lld members of %s has results in \"%s\"; "
                         "run them with strata sweep CONFIG, or one by one with --index",
                         (long long)count, source->config, sweep->directory);
    }
    sweep_members_print(table->members, count);
    printf("\n%lld of %lld members are complete.\n", (long long)complete, (long long)count);
    if (write_all(sweep, table, fault))
        return fault->status;
    return complete < count ? EXIT_PARTIAL : EXIT_COMPLETE;
}

static int gather(const struct sweep_source *source, const struct sweep *sweep, struct fault *fault)
{
    int status = 0;
    struct sweep_table *table = sweep_table_new(&sweep->members);
    if (table == NULL)
        return short_of_memory(fault);
    for (int64_t m = 0; m < sweep->members.member_count && fault->status == 0; m++)
        read_member(source, sweep, m, &table->members[m], fault);
    if (fault->status == 0)
        status = conclude(source, sweep, table, fault);
    sweep_table_destroy(&table);
    return fault->status ? fault->status : status;
}

int sweep_gather(const struct sweep_source *source, struct fault *fault)
{
    struct sweep sweep;
    int status = sweep_open(source, &sweep, fault);
    if (!status)
        status = gather(source, &sweep, fault);
    sweep_reset(&sweep);
    return status;
}
