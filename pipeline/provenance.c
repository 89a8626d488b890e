#include "provenance.h"
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

/* The files of the run, one a line, with their size. */
static char *describe_input(const struct activations *input)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    for (int t = 0; t < input->checkpoint_count; t++) {
        const char *file = input->checkpoints[t].file;
        int seen = 0;
        for (int s = 0; s < t && !seen; s++)
            seen = strcmp(input->checkpoints[s].file, file) == 0;
        struct stat info;
        if (!seen && stat(file, &info) == 0)
            fprintf(stream, "%s%s (%lld bytes)", t > 0 ? "\n" : "", file, (long long)info.st_size);
    }
    fclose(stream);
    return text;
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
    memcpy(results->samples, plan->samples,
           (size_t)plan->replicates * (size_t)plan->points * sizeof *plan->samples);
    if (input->scalar_count > 0)
        memcpy(results->scalar_values, input->scalar_values,
               (size_t)input->checkpoint_count * (size_t)input->scalar_count *
                   sizeof *input->scalar_values);
    return filled;
}

int provenance_begin(const struct settings *settings, const struct activations *input,
                     const struct plan *plan, int ranks, struct results **results,
                     struct fault *fault)
{
    const struct results shape = {.layer_count = plan->layers,
                                  .checkpoint_count = plan->checkpoints,
                                  .replicate_count = plan->replicates,
                                  .sample_count = plan->points,
                                  .scalar_count = input->scalar_count};
    struct results *r = results_new(&shape);
    *results = r;
    if (r != NULL) {
        r->configuration = config_text(settings_table, settings);
        r->input = describe_input(input);
        r->model = strdup(input->model);
        r->dataset = strdup(input->dataset);
        r->versions = versions_text(STRATA_VERSION);
        r->started = time_now();
        r->ranks = ranks;
    }
    if (!r || !fill_axes(r, input, plan) || !r->configuration || !r->input || !r->model ||
        !r->dataset || !r->versions || !r->started)
        fault_set(fault, EXIT_SYSTEM, "memory is short for the results");
    return fault->status;
}

void provenance_end(struct results *results)
{
    free(results->ended);
    results->ended = time_now();
}
