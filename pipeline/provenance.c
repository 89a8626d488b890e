#include "provenance.h"
#include "draft.h"
#include "fingerprint.h"
#include "strata.h"
#include "versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static char *time_now(void)
{
    char text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return strdup(text);
}

static void describe_files(const struct activations *input, FILE *stream)
{
    for (int t = 0; t < input->checkpoint_count; t++) {
        const char *file = input->checkpoints[t].file;
        int seen = 0;
        for (int s = 0; s < t && !seen; s++)
            seen = strcmp(input->checkpoints[s].file, file) == 0;
        struct stat info;
        if (!seen && stat(file, &info) == 0)
            fprintf(stream, "%s%s (%lld bytes)", ftell(stream) > 0 ? "\n" : "", file,
                    (long long)info.st_size);
    }
}

/* The files of the run, one a line, with their size. */
static char *describe_input(const struct plan_inputs *inputs)
{
    struct draft draft;
    FILE *stream = draft_begin(&draft);
    if (stream == NULL)
        return NULL;
    for (int k = 0; k < PAIRING_INPUTS && inputs->of[k]; k++)
        describe_files(inputs->of[k], stream);
    return draft_end(&draft);
}

/* Copies of all names; false if memory is short. */
static int copy_names(char **to, char *const *from, int count)
{
    for (int k = 0; k < count; k++) {
        to[k] = strdup(from[k]);
        if (to[k] == NULL)
            return 0;
    }
    return 1;
}

/* What the columns are, and where the other network's numbers come from. */
static int fill_columns(struct results *results, const struct activations *other,
                        const struct plan *plan)
{
    if (results->comparison == RESULTS_WITHIN)
        return 1;
    if (results->comparison == RESULTS_ACROSS)
        return copy_names(results->columns, (char *const *)pairing_columns, results->column_count);
    for (int t = 0; t < results->checkpoint_count; t++)
        results->other_steps[t] = other->checkpoints[other->checkpoint_count > 1 ? t : 0].step;
    memcpy(results->other_samples, plan->draws[1][0].rows,
           (size_t)plan->replicates * (size_t)plan->draws[1][0].points *
               sizeof *results->other_samples);
    return copy_names(results->columns, other->layers, other->layer_count);
}

static int fill_axes(struct results *results, const struct activations *input,
                     const struct plan *plan)
{
    int filled = copy_names(results->layers, input->layers, input->layer_count) &&
                 copy_names(results->scalars, input->scalars, input->scalar_count);
    for (int t = 0; t < input->checkpoint_count && filled; t++) {
        results->steps[t] = input->checkpoints[t].step;
        results->checkpoints[t] = strdup(input->checkpoints[t].key);
        filled = results->checkpoints[t] != NULL;
    }
    memcpy(results->samples, plan->draws[0][0].rows,
           (size_t)plan->replicates * (size_t)plan->draws[0][0].points * sizeof *results->samples);
    if (input->scalar_count > 0)
        memcpy(results->scalar_values, input->scalar_values,
               (size_t)input->checkpoint_count * (size_t)input->scalar_count *
                   sizeof *input->scalar_values);
    return filled;
}

int provenance_begin(const struct settings *settings, const struct plan_inputs *inputs,
                     const struct plan *plan, int ranks, struct results **results,
                     struct fault *fault)
{
    static const enum results_comparison comparisons[] = {[PAIRING_WITHIN] = RESULTS_WITHIN,
                                                          [PAIRING_ACROSS] = RESULTS_ACROSS,
                                                          [PAIRING_AGAINST] = RESULTS_AGAINST};
    const struct activations *input = inputs->of[0];
    const struct results shape = {.comparison = comparisons[plan->pairing.kind],
                                  .layer_count = plan->layers,
                                  .column_count = plan->pairing.columns,
                                  .other_sample_count = plan->draws[1][0].points,
                                  .checkpoint_count = plan->checkpoints,
                                  .replicate_count = plan->replicates,
                                  .sample_count = plan->draws[0][0].points,
                                  .scalar_count = input->scalar_count};
    struct results *r = results_new(&shape);
    *results = r;
    if (r != NULL) {
        r->configuration = config_text(settings_table, settings);
        r->input = describe_input(inputs);
        r->model = strdup(input->model);
        r->dataset = strdup(input->dataset);
        r->versions = versions_text(fingerprint_program);
        r->started = time_now();
        r->ranks = ranks;
    }
    if (!r || !fill_axes(r, input, plan) || !fill_columns(r, inputs->of[1], plan) ||
        !r->configuration || !r->input || !r->model || !r->dataset || !r->versions || !r->started)
        fault_set(fault, EXIT_SYSTEM, "memory is short for the results");
    return fault->status;
}

void provenance_end(struct results *results)
{
    free(results->ended);
    results->ended = time_now();
}
