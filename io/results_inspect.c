/* results.h5 in words: what `strata inspect` prints. */
#include "results_fields.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names come from files: control characters must not reach the terminal. */
static void print_text(const char *text)
{
    for (const char *c = text; *c; c++)
        putchar(iscntrl((unsigned char)*c) ? '?' : *c);
}

/* Each line of text indented by two; a single line stands behind its title. */
static void print_paragraph(const char *title, const char *text)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n')
        length--;
    if (length == 0)
        return;
    bool single = !memchr(text, '\n', length);
    printf(single ? "%-14s" : "%s\n  ", title);
    for (size_t k = 0; k < length; k++) {
        if (text[k] == '\n')
            printf("\n  ");
        else
            putchar(iscntrl((unsigned char)text[k]) ? '?' : text[k]);
    }
    putchar('\n');
}

static void print_axes(const struct results *results)
{
    int last = results->checkpoint_count - 1;
    printf("%-14s%d", "layers", results->layer_count);
    printf(": ");
    print_text(results->layers[0]);
    if (results->layer_count > 1) {
        printf(" … ");
        print_text(results->layers[results->layer_count - 1]);
    }
    printf("\n%-14s%d: step %lld", "checkpoints", last + 1, (long long)results->steps[0]);
    if (last > 0)
        printf(" … %lld", (long long)results->steps[last]);
    if (results->comparison != RESULTS_WITHIN)
        printf("\n%-14s%s: %d columns", "comparison", results_comparison_names[results->comparison],
               results->column_count);
    printf("\n%-14s%d of %d inputs\n", "replicates", results->replicate_count,
           results->sample_count);
}

/* "conv1 – conv3 | conv4": the contiguous groups of one checkpoint. */
static void print_groups(const struct results *results, int checkpoint)
{
    int count = results->layer_count;
    const int32_t *labels = results->segments + (int64_t)checkpoint * count;
    for (int first = 0, end = 0; first < count; first = end) {
        while (end < count && labels[end] == labels[first])
            end++;
        printf("%s", first ? " | " : "");
        printf("%s", labels[first] < 0 ? "(no value) " : "");
        print_text(results->layers[first]);
        if (end - first > 1) {
            printf(" – ");
            print_text(results->layers[end - 1]);
        }
    }
    putchar('\n');
}

static void print_training(const struct results *results)
{
    printf("\n%10s  %6s  %8s  %8s  %8s  %8s  %8s\n", "step", "groups", "score", "p", "within",
           "between", "contrast");
    for (int t = 0; t < results->checkpoint_count; t++)
        printf("%10lld  %6d  %8.3g  %8.2g  %8.3g  %8.3g  %8.3g\n", (long long)results->steps[t],
               results->segment_count[t], results->segment_score[t], results->segment_p[t],
               results->within_gw[t], results->between_gw[t], results->contrast[t]);
    int last = results->checkpoint_count - 1;
    printf("\ngroups at step %lld\n  ", (long long)results->steps[last]);
    print_groups(results, last);
}

/* How many pairs ended in each way, over all checkpoints. */
static void print_statuses(const struct results *results)
{
    int64_t pairs = 0;
    for (int t = 0; t < results->checkpoint_count; t++)
        for (int i = 0; i < results->layer_count; i++)
            for (int j = results_first_column(results, i); j < results->column_count; j++)
                pairs++;
    printf("\n%-14s%lld", "pairs", (long long)pairs);
    for (int code = 0; results->statuses && results->statuses[code]; code++) {
        int64_t found = 0;
        for (int t = 0; t < results->checkpoint_count; t++)
            for (int i = 0; i < results->layer_count; i++)
                for (int j = results_first_column(results, i); j < results->column_count; j++)
                    found += results->status[results_cell(results, t, i, j)] == code;
        if (found > 0) {
            printf(", %lld ", (long long)found);
            print_text(results->statuses[code]);
        }
    }
    printf("\n");
}

static void print_dataset(const struct results *results, const struct results_field *field)
{
    char shape[80] = "";
    size_t used = 0;
    for (int k = 0; k < results_field_rank(field); k++)
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%s=%d", k ? ", " : "",
                                 results_axis_symbol(results, field->shape[k]),
                                 results_extent(results, field->shape[k]));
    printf("  %-29s %-7s [%s], %s\n      %s\n", field->path, results_type_name(field->type), shape,
           field->units, field->description);
}

int results_inspect(const char *path, struct fault *fault)
{
    struct results *results = NULL;
    int status = results_read(path, &results, fault);
    if (status)
        return status;
    printf("%s: Strata results, version %d\n", path, RESULTS_VERSION);
    print_paragraph("model", results->model);
    print_paragraph("dataset", results->dataset);
    print_axes(results);
    print_paragraph("started", results->started);
    print_paragraph("ended", results->ended);
    printf("%-14s%d\n", "ranks", results->ranks);
    print_paragraph("versions", results->versions);
    print_statuses(results);
    if (results->comparison == RESULTS_WITHIN)
        print_training(results);
    printf("\ndatasets\n");
    for (const struct results_field *field = results_fields; field->path; field++)
        if (results_field_stored(results, field))
            print_dataset(results, field);
    printf("\n");
    print_paragraph("input", results->input);
    print_paragraph("configuration", results->configuration);
    results_destroy(&results);
    return 0;
}
