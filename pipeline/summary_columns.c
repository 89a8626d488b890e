/* The summary of comparisons with another network, or across checkpoints. */
#include "csv.h"
#include "pair.h"
#include "summary_parts.h"
#include "text.h"

#include <math.h>

static double distance_at(const struct results *results, int t, int row, int column)
{
    return results->distance[results_cell(results, t, row, column)];
}

/* --- Another network -------------------------------------------------------------------------- */

/* The column nearest to a row; -1: none has a value. */
static int nearest_column(const struct results *results, int t, int row)
{
    int nearest = -1;
    for (int j = 0; j < results->column_count; j++) {
        const double distance = distance_at(results, t, row, j);
        if (isfinite(distance) && (nearest < 0 || distance < distance_at(results, t, row, nearest)))
            nearest = j;
    }
    return nearest;
}

/* The inputs differ where no pair that was solved has an identity. */
static bool has_identity(const struct results *results)
{
    const size_t cells = results_cell(results, results->checkpoint_count, 0, 0);
    for (size_t k = 0; k < cells; k++)
        if (isfinite(results->identity_loss[k]))
            return true;
    return false;
}

/* The files of the other network tell which it is. */
static void print_other(const struct results *results, FILE *out)
{
    char files[320];
    results_setting(results, "against", files, sizeof files);
    fprintf(out, "Against the %d layers of another network", results->column_count);
    if (*files)
        fprintf(out, ", %s", escape(files).text);
    if (results->other_sample_count != results->sample_count)
        fprintf(out, " (%d samples)", results->other_sample_count);
    fprintf(out, ", %s\n\n",
            has_identity(results)
                ? "on the same inputs."
                : "on other inputs: there is no identity coupling to compare with.");
}

void summary_nearest(const struct results *results, FILE *out)
{
    const int t = results->checkpoint_count - 1;
    if (results->comparison != RESULTS_AGAINST)
        return;
    print_other(results, out);
    fprintf(out, "Nearest layers at step %lld against step %lld\n", (long long)results->steps[t],
            (long long)results->other_steps[t]);
    for (int i = 0; i < results->layer_count; i++) {
        const int j = nearest_column(results, t, i);
        fprintf(out, "  %s: ", escape(results->layers[i]).text);
        if (j < 0)
            fprintf(out, "no value\n");
        else
            fprintf(out, "%s (%.4g%s)\n", escape(results_column(results, j)).text,
                    distance_at(results, t, i, j),
                    results_within_noise(results, t, i, j) ? ", within the noise" : "");
    }
    fputc('\n', out);
}

/* The mean of all distances at t, and of those of each layer from its nearest; NaN: none. */
static void find_means(const struct results *results, int t, double *all, double *nearest)
{
    double sums[2] = {0, 0};
    int counts[2] = {0, 0};
    for (int i = 0; i < results->layer_count; i++) {
        const int best = nearest_column(results, t, i);
        for (int j = 0; j < results->column_count; j++) {
            const double distance = distance_at(results, t, i, j);
            sums[0] += isfinite(distance) ? distance : 0;
            counts[0] += isfinite(distance) != 0;
        }
        sums[1] += best >= 0 ? distance_at(results, t, i, best) : 0;
        counts[1] += best >= 0;
    }
    *all = sums[0] / counts[0];
    *nearest = sums[1] / counts[1];
}

static void print_against(const struct results *results, FILE *out)
{
    const int T = results->checkpoint_count;
    const int rows = T < summary_table_rows ? T : summary_table_rows;
    fprintf(out, "%10s  %10s  %12s  %12s\n", "step", "against", "mean GW", "to nearest");
    for (int row = 0; row < rows; row++) {
        const int t = summary_table_checkpoint(results, row);
        double all = NAN;
        double nearest = NAN;
        find_means(results, t, &all, &nearest);
        fprintf(out, "%10lld  %10lld", (long long)results->steps[t],
                (long long)results->other_steps[t]);
        if (isfinite(all))
            fprintf(out, "  %12.4g  %12.4g\n", all, nearest);
        else
            fprintf(out, "  %12s  %12s\n", "-", "-");
    }
    if (rows < T)
        fprintf(out, "(%d of %d checkpoints; every cell is in summary.csv)\n", rows, T);
}

/* --- Across checkpoints ------------------------------------------------------------------------
 */

/* The first checkpoint from which on a layer cannot be told from its final form; -1: it can up to
 * the last, or there is no noise floor. */
static int since_noise(const struct results *results, int row)
{
    const int last = results->checkpoint_count - 1;
    int first = last;
    while (first > 0 && results_within_noise(results, first - 1, row, RESULTS_LAST))
        first--;
    return first < last ? first : -1;
}

static void print_across(const struct results *results, FILE *out)
{
    const int last = results->checkpoint_count - 1;
    fprintf(out, "Each layer against itself at step %lld, its final form\n",
            (long long)results->steps[last]);
    fprintf(out, "%12s  %13s  %10s  layer\n", "halfway", "indiscernible", "at first");
    for (int i = 0; i < results->layer_count; i++) {
        const int since = since_noise(results, i);
        fprintf(out, "%12lld", (long long)results->settled[i]);
        if (since >= 0)
            fprintf(out, "  %13lld", (long long)results->steps[since]);
        else
            fprintf(out, "  %13s", "-");
        fprintf(out, "  %10.4g  %s\n", distance_at(results, 0, i, RESULTS_LAST),
                escape(results->layers[i]).text);
    }
    fprintf(out,
            "(halfway: the step since which it is within half its largest distance; indiscernible: "
            "since which it is within the noise floor%s; at first: its distance at step %lld)\n",
            results->replicate_count < 2 ? ", which takes sampling.replicates" : "",
            (long long)results->steps[0]);
}

/* Whether some noise floor of the last checkpoint is missing. */
static bool lacks_floor(const struct results *results)
{
    const int t = results->checkpoint_count - 1;
    bool lacks = false;
    for (int i = 0; i < results->layer_count; i++)
        lacks = lacks || !isfinite(results_row_floor(results, t, i));
    for (int j = 0; j < results->column_count && results->comparison == RESULTS_AGAINST; j++)
        lacks = lacks || !isfinite(results_column_floor(results, t, 0, j));
    return lacks;
}

void summary_columns(const struct results *results, FILE *out)
{
    if (results->comparison == RESULTS_AGAINST)
        print_against(results, out);
    else
        print_across(results, out);
    if (results->replicate_count > 1 && lacks_floor(results))
        fprintf(out, "The noise floor is not measured of all: it takes activations with twice as "
                     "many rows as a replicate has samples.\n");
}

/* --- The table ----------------------------------------------------------------------------------
 */

static void write_cell(const struct results *results, int t, int row, int column, FILE *out)
{
    const size_t cell = results_cell(results, t, row, column);
    const double *const values[] = {results->distance, results->loss, results->loss_stderr,
                                    results->identity_loss, results->lower_bound};
    fprintf(out, "%lld,", (long long)results->steps[t]);
    csv_text(results->layers[row], out);
    fputc(',', out);
    csv_text(results_column(results, column), out);
    for (size_t k = 0; k < sizeof values / sizeof *values; k++)
        csv_real(values[k][cell], out);
    fprintf(out, ",%d\n", results_within_noise(results, t, row, column));
}

void summary_cells_csv(const void *table, FILE *out)
{
    const struct results *results = table;
    fputs("step,layer,compared_with,distance,loss,loss_stderr,identity_loss,lower_bound,"
          "within_noise\n",
          out);
    for (int t = 0; t < results->checkpoint_count; t++)
        for (int i = 0; i < results->layer_count; i++)
            for (int j = 0; j < results->column_count; j++)
                if (results->status[results_cell(results, t, i, j)] != pair_status_none)
                    write_cell(results, t, i, j, out);
}
