#include "results.h"

#include "results_fields.h"

#include <math.h>
#include <stdlib.h>

static void fill_nan(double *values, int64_t count)
{
    for (int64_t k = 0; k < count; k++)
        values[k] = NAN;
}

struct results *results_new(const struct results *shape)
{
    struct results *results = calloc(1, sizeof *results);
    if (!results)
        return NULL;
    results->layer_count = shape->layer_count;
    results->checkpoint_count = shape->checkpoint_count;
    results->replicate_count = shape->replicate_count;
    results->sample_count = shape->sample_count;
    results->scalar_count = shape->scalar_count;

    for (const struct results_field *field = results_fields; field->path; field++) {
        if (results_field_rank(field) == 0)
            continue;
        int64_t count = results_field_count(results, field);
        size_t size = results_type_size(field->type);
        void *data = count < 0 ? NULL : calloc(count > 0 ? (size_t)count : 1, size);
        if (!data) {
            results_destroy(&results);
            return NULL;
        }
        *(void **)((char *)results + field->offset) = data;
        if (field->type == RESULTS_FLOAT64)
            fill_nan(data, count);
    }
    return results;
}

static void free_names(char **names)
{
    for (char **name = names; name && *name; name++)
        free(*name);
    free(names);
}

void results_destroy(struct results **results)
{
    struct results *r = *results;
    if (!r)
        return;
    for (const struct results_field *field = results_fields; field->path; field++) {
        void *data = results_field_data(r, field);
        if (data && field->type == RESULTS_TEXT)
            for (int64_t k = 0; k < results_field_count(r, field); k++)
                free(((char **)data)[k]);
        if (results_field_rank(field) > 0)
            free(data);
    }
    free_names(r->starts);
    free_names(r->statuses);
    free(r);
    *results = NULL;
}

const char *results_name(char *const *names, int code)
{
    for (int k = 0; names && code >= 0 && names[k]; k++)
        if (k == code)
            return names[k];
    return NULL;
}
