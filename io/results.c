#include "results.h"

#include "results_fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const results_comparison_names[] = {"within", "across", "against", NULL};

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
    results->comparison = shape->comparison;
    results->layer_count = shape->layer_count;
    results->checkpoint_count = shape->checkpoint_count;
    results->replicate_count = shape->replicate_count;
    results->sample_count = shape->sample_count;
    results->scalar_count = shape->scalar_count;
    results->column_count =
        shape->comparison == RESULTS_WITHIN ? shape->layer_count : shape->column_count;
    results->other_sample_count = shape->other_sample_count;

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
    free_names(r->methods);
    free(r);
    *results = NULL;
}

size_t results_cell(const struct results *results, int checkpoint, int row, int column)
{
    return ((size_t)checkpoint * (size_t)results->layer_count + (size_t)row) *
               (size_t)results->column_count +
           (size_t)column;
}

int results_first_column(const struct results *results, int row)
{
    return results->comparison == RESULTS_WITHIN ? row + 1 : 0;
}

double results_row_floor(const struct results *results, int checkpoint, int row)
{
    return results->noise_floor[(int64_t)checkpoint * results->layer_count + row];
}

double results_column_floor(const struct results *results, int checkpoint, int row, int column)
{
    const int last = results->checkpoint_count - 1;
    const int then = column == RESULTS_LAST ? last : checkpoint - 1;
    switch (results->comparison) {
    case RESULTS_WITHIN:
        return row == column ? NAN : results_row_floor(results, checkpoint, column);
    case RESULTS_AGAINST:
        return results->column_noise_floor[(int64_t)checkpoint * results->column_count + column];
    default:
        return then < 0 || then == checkpoint ? NAN : results_row_floor(results, then, row);
    }
}

bool results_worse_than_identity(const struct results *results, size_t cell)
{
    static const double rounding = 1e-9;
    return results->loss[cell] > results->identity_loss[cell] * (1 + rounding); /* NaN: not */
}

bool results_within_noise(const struct results *results, int checkpoint, int row, int column)
{
    const double distance = results->distance[results_cell(results, checkpoint, row, column)];
    return distance <= results_row_floor(results, checkpoint, row) &&
           distance <= results_column_floor(results, checkpoint, row, column);
}

const char *results_column(const struct results *results, int column)
{
    return results->comparison == RESULTS_WITHIN ? results->layers[column]
                                                 : results->columns[column];
}

const char *results_name(char *const *names, int code)
{
    for (int k = 0; names && code >= 0 && names[k]; k++)
        if (k == code)
            return names[k];
    return NULL;
}

void results_setting(const struct results *results, const char *key, char *value, size_t size)
{
    const size_t length = strlen(key);
    const char *line = results->configuration;
    *value = '\0';
    for (; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += strspn(line, "\n ");
        if (strncmp(line, key, length) != 0 || line[length] != ':')
            continue;
        line += length + 1 + strspn(line + length + 1, " \"");
        snprintf(value, size, "%.*s", (int)strcspn(line, "\"\n"), line);
        return;
    }
}
