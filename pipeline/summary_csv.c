/* summary.csv: the series as a table for spreadsheets and data frames. */
#include "csv.h"
#include "summary.h"
#include "summary_parts.h"

#include <math.h>
#include <string.h>

/* The columns of numbers: name and where the value is; one of the two pointers is set. */
struct column {
    const char *name;
    const double *real;     /* [T], borrowed */
    const int32_t *integer; /* [T], borrowed */
};

enum { column_count = 13 };

static void list_columns(const struct results *r, struct column columns[column_count])
{
    const struct column list[column_count] = {
        {"mean_gw", r->mean_gw, NULL},
        {"within_gw", r->within_gw, NULL},
        {"between_gw", r->between_gw, NULL},
        {"contrast", r->contrast, NULL},
        {"segment_count", NULL, r->segment_count},
        {"segment_score", r->segment_score, NULL},
        {"segment_p", r->segment_p, NULL},
        {"cluster_count", NULL, r->cluster_count},
        {"cluster_score", r->cluster_score, NULL},
        {"agreement_previous", r->agreement_previous, NULL},
        {"agreement_last", r->agreement_last, NULL},
        {"cluster_agreement", r->cluster_agreement, NULL},
        {NULL, NULL, NULL},
    };
    memcpy(columns, list, sizeof list);
}

/* The layers, with " | " between groups: always quoted, as layer names may hold anything. */
static void write_groups(const struct results *results, int t, FILE *out)
{
    const int32_t *label = results->segments + (size_t)t * results->layer_count;
    int32_t last = -1;
    int written = 0;
    fputs(",\"", out);
    for (int k = 0; k < results->layer_count; k++) {
        if (label[k] < 0)
            continue;
        if (written++)
            fputs(label[k] == last ? " " : " | ", out);
        csv_inside(results->layers[k], out);
        last = label[k];
    }
    fputc('"', out);
}

static long long valid_pairs(const struct results *results, int t)
{
    int L = results->layer_count;
    long long valid = 0;
    for (int i = 0; i < L; i++)
        for (int j = i + 1; j < L; j++)
            valid += isfinite(results->distance[((size_t)t * L + i) * L + j]) != 0;
    return valid;
}

static void write_table(const void *table, FILE *out)
{
    const struct results *results = table;
    struct column columns[column_count];
    list_columns(results, columns);
    fputs("checkpoint,step", out);
    for (int s = 0; s < results->scalar_count; s++) {
        fputc(',', out);
        csv_text(results->scalars[s], out);
    }
    for (const struct column *column = columns; column->name; column++)
        fprintf(out, ",%s", column->name);
    fputs(",valid_pairs,groups\n", out);

    for (int t = 0; t < results->checkpoint_count; t++) {
        csv_text(results->checkpoints[t], out);
        fprintf(out, ",%lld", (long long)results->steps[t]);
        for (int s = 0; s < results->scalar_count; s++)
            csv_real(results->scalar_values[(size_t)t * results->scalar_count + s], out);
        for (const struct column *column = columns; column->name; column++) {
            if (column->real)
                csv_real(column->real[t], out);
            else
                fprintf(out, ",%d", (int)column->integer[t]);
        }
        fprintf(out, ",%lld", valid_pairs(results, t));
        write_groups(results, t, out);
        fputc('\n', out);
    }
}

int summary_csv(const struct results *results, const char *path, struct fault *fault)
{
    return csv_write(path, results->comparison == RESULTS_WITHIN ? write_table : summary_cells_csv,
                     results, fault);
}
