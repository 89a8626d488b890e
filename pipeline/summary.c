#include "summary.h"

#include "subnets.h"
#include "summary_parts.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const double summary_same_groups = 0.9;

enum { table_scalars = 3 };

static const char *layer_name(const struct results *results, int k)
{
    return results->layers && results->layers[k] ? results->layers[k] : "?";
}

static bool is_named(const char *text)
{
    return text != NULL && *text != '\0';
}

static void print_head(const struct results *results, FILE *out)
{
    int T = results->checkpoint_count;
    const bool model = is_named(results->model);
    const bool data = is_named(results->dataset);
    if (model)
        fprintf(out, "model %s", escape(results->model).text);
    if (data)
        fprintf(out, "%sdata %s", model ? ", " : "", escape(results->dataset).text);
    if (model || data)
        fputc('\n', out);
    fprintf(out, "%d layer%s, %d checkpoint%s (step", results->layer_count,
            plural(results->layer_count), T, plural(T));
    fprintf(out, T > 1 ? "s %lld to %lld)" : " %lld)", (long long)results->steps[0],
            (long long)results->steps[T - 1]);
    fprintf(out, ", %d samples", results->sample_count);
    if (results->replicate_count > 1)
        fprintf(out, " in each of %d replicates", results->replicate_count);
    fprintf(out, "\n\n");
}

/* A contrast as a factor of distances, in words. */
struct factor {
    char text[32];
};

static double factor_of(double contrast)
{
    return (1 + contrast) / (1 - contrast);
}

static struct factor times(double contrast)
{
    struct factor factor = {""};
    double value = factor_of(contrast);
    if (!(contrast < 1) || value > 1000)
        snprintf(factor.text, sizeof factor.text, "over 1000 times");
    else
        snprintf(factor.text, sizeof factor.text, "%.2g times", value);
    return factor;
}

/* The layers of one label, as ranges of consecutive layers. */
static void print_layers(const struct results *results, const int32_t *label, int32_t group,
                         FILE *out)
{
    int L = results->layer_count;
    int printed = 0;
    for (int first = 0; first < L; first++) {
        if (label[first] != group)
            continue;
        int last = first;
        while (last + 1 < L && label[last + 1] == group)
            last++;
        fprintf(out, "%s%s", printed++ ? ", " : "", escape(layer_name(results, first)).text);
        if (last > first)
            fprintf(out, "%s%s", last > first + 1 ? " … " : ", ",
                    escape(layer_name(results, last)).text);
        first = last;
    }
}

static void print_groups(const struct results *results, const int32_t *label, int count, FILE *out)
{
    int L = results->layer_count;
    for (int group = 0; group < count; group++) {
        int size = 0;
        for (int k = 0; k < L; k++)
            size += label[k] == group;
        fprintf(out, "  %2d  %3d layer%s  ", group + 1, size, size == 1 ? " " : "s");
        print_layers(results, label, group, out);
        fputc('\n', out);
    }
    int missing = 0;
    for (int k = 0; k < L; k++)
        missing += label[k] < 0;
    if (missing > 0) {
        fprintf(out, "   -  %3d layer%s  without any valid comparison: ", missing,
                missing == 1 ? " " : "s");
        print_layers(results, label, -1, out);
        fputc('\n', out);
    }
}

static const char *sureness(double p)
{
    return p <= 0.01 ? "clear" : p <= 0.05 ? "fairly clear" : "not significant";
}

static void print_boundary(const struct results *results, int before, int after, double strength,
                           FILE *out)
{
    fprintf(out, "  %s | ", escape(layer_name(results, before)).text);
    fprintf(out, "%s: %s as far across as aside", escape(layer_name(results, after)).text,
            times(strength).text);
    fprintf(out, " (strength %.2f)\n", strength);
}

/* The boundaries between groups; -1 layers between two groups belong to none. */
static void print_boundaries(const struct results *results, int t, FILE *out)
{
    int L = results->layer_count;
    const int32_t *label = results->segments + (size_t)t * L;
    const double *strength = results->boundary_strength + (size_t)t * (L - 1);
    int before = -1;
    fprintf(out, "boundaries\n");
    for (int k = 0; k < L; k++) {
        if (label[k] < 0)
            continue;
        if (before >= 0 && label[before] != label[k])
            print_boundary(results, before, k, strength[before], out);
        before = k;
    }
}

/* What the groups had to be, as configured. */
static double significance(const struct results *results)
{
    char text[32];
    results_setting(results, "significance", text, sizeof text);
    return *text ? strtod(text, NULL) : subnets_defaults.significance;
}

static void print_one_group(const struct results *results, int t, FILE *out)
{
    const double p = results->segment_p[t];
    const double level = significance(results);
    const int nearest = results->nearest[t];
    const double needed = factor_of(RESULTS_MIN_CONTRAST);
    if (nearest < 0) {
        fprintf(out, "One group%s (p = %.2g).\n",
                results->segment_count[t] > 0 ? ": no division into groups is better than none"
                                              : "",
                p);
        return;
    }
    if (p > level)
        fprintf(out, "One group: the best division is not significant (p = %.2g, above %g).\n", p,
                level);
    else
        fprintf(out,
                "One group: the best division is significant (p = %.2g, at most %g), but no "
                "boundary of it is deep\nenough, which takes %.3g times as far across as aside.\n",
                p, level, needed);
    int after = nearest + 1;
    while (results->segments[(size_t)t * results->layer_count + after] < 0) /* without a value */
        after++;
    fprintf(out, "Nearest to a boundary: %s | ", escape(layer_name(results, nearest)).text);
    fprintf(out, "%s, %.4g times as far across as aside.\n",
            escape(layer_name(results, after)).text, factor_of(results->nearest_strength[t]));
}

int summary_since(const struct results *results)
{
    int first = results->checkpoint_count - 1;
    while (first > 0 && results->agreement_last[first - 1] >= summary_same_groups)
        first--;
    return first;
}

static void print_since(const struct results *results, FILE *out)
{
    const int first = summary_since(results);
    if (results->checkpoint_count < 2)
        return;
    if (first == results->checkpoint_count - 1)
        fprintf(out, "Only the last checkpoint is grouped so.\n");
    else
        fprintf(out,
                "So since step %lld: all later checkpoints agree with the last (adjusted Rand "
                "index %.1f or more).\n",
                (long long)results->steps[first], summary_same_groups);
}

static void print_segments(const struct results *results, FILE *out)
{
    int L = results->layer_count;
    int t = results->checkpoint_count - 1;
    int count = results->segment_count[t];
    fprintf(out, "Sub-networks at step %lld\n", (long long)results->steps[t]);
    if (count < 1) {
        fprintf(out, "None: no layer has a valid comparison.\n\n");
        return;
    }
    if (results->mean_gw[t] == 0) {
        fprintf(out, "All layers are alike: their distances are zero, to rounding.\n");
    } else if (count == 1) {
        print_one_group(results, t, out);
    } else {
        fprintf(out, "%d groups of consecutive layers, %s (p = %.2g): between groups %s as far ",
                count, sureness(results->segment_p[t]), results->segment_p[t],
                times(results->segment_score[t]).text);
        fprintf(out, "as within, at equal depth apart (score %.2f).\n", results->segment_score[t]);
        print_groups(results, results->segments + (size_t)t * L, count, out);
        print_boundaries(results, t, out);
    }
    print_since(results, out);
    fputc('\n', out);
}

static void print_clusters(const struct results *results, FILE *out)
{
    int L = results->layer_count;
    int t = results->checkpoint_count - 1;
    int count = results->cluster_count[t];
    if (count < 1)
        return;
    if (count == 1) {
        fprintf(out, "Wherever they stand, layers form one cluster.\n\n");
        return;
    }
    fprintf(out, "%d clusters of alike layers, wherever they stand (mean silhouette %.2f):\n",
            count, results->cluster_score[t]);
    print_groups(results, results->clusters + (size_t)t * L, count, out);
    if (isfinite(results->cluster_agreement[t]))
        fprintf(out, "They agree with the groups above by %.2f (adjusted Rand index).\n",
                results->cluster_agreement[t]);
    fputc('\n', out);
}

int summary_table_checkpoint(const struct results *results, int row)
{
    const int last = results->checkpoint_count - 1;
    return last < summary_table_rows ? row
                                     : (int)((long long)row * last / (summary_table_rows - 1));
}

static void print_number(double value, FILE *out)
{
    if (isfinite(value))
        fprintf(out, "  %12.4g", value);
    else
        fprintf(out, "  %12s", "-");
}

static void print_table_row(const struct results *results, int t, int scalars, FILE *out)
{
    const bool valid = results->segment_count[t] > 0;
    fprintf(out, "%10lld", (long long)results->steps[t]);
    for (int s = 0; s < scalars; s++)
        print_number(results->scalar_values[(size_t)t * results->scalar_count + s], out);
    print_number(results->mean_gw[t], out);
    if (valid)
        fprintf(out, "  %6d", results->segment_count[t]);
    else
        fprintf(out, "  %6s", "-");
    print_number(valid ? results->contrast[t] : NAN, out);
    print_number(valid ? results->segment_p[t] : NAN, out);
    print_number(factor_of(results->nearest_strength[t]), out);
    fputc('\n', out);
}

/* What the table leaves out, and what its last columns are. */
static void print_table_notes(const struct results *results, int rows, int scalars, FILE *out)
{
    if (rows < results->checkpoint_count)
        fprintf(out, "(%d of %d checkpoints; all are in summary.csv)\n", rows,
                results->checkpoint_count);
    for (int s = scalars; s < results->scalar_count; s++)
        fprintf(out, "%s%s%s", s == scalars ? "(in summary.csv, too: " : ", ",
                escape(results->scalars[s]).text, s + 1 == results->scalar_count ? ")\n" : "");
    fprintf(out,
            "(depth: how many times as far across as aside it is at the shallowest boundary, or "
            "at what came\nnearest to one; groups take a p of at most %g and a depth of %.3g)\n",
            significance(results), factor_of(RESULTS_MIN_CONTRAST));
}

static void print_table(const struct results *results, FILE *out)
{
    int T = results->checkpoint_count;
    int rows = T < summary_table_rows ? T : summary_table_rows;
    int scalars = results->scalar_count < table_scalars ? results->scalar_count : table_scalars;
    fprintf(out, "%10s", "step");
    for (int s = 0; s < scalars; s++)
        fprintf(out, "  %12.12s", escape(results->scalars[s]).text);
    fprintf(out, "  %12s  %6s  %12s  %12s  %12s\n", "mean GW", "groups", "contrast", "p", "depth");
    for (int row = 0; row < rows; row++)
        print_table_row(results, summary_table_checkpoint(results, row), scalars, out);
    print_table_notes(results, rows, scalars, out);
}

void summary_print(const struct results *results, FILE *out)
{
    if (results->layer_count < 1 || results->checkpoint_count < 1)
        return;
    print_head(results, out);
    if (results->comparison != RESULTS_WITHIN) {
        summary_nearest(results, out);
        summary_failed(results, out);
        summary_columns(results, out);
        return;
    }
    print_segments(results, out);
    print_clusters(results, out);
    summary_noise(results, out);
    summary_failed(results, out);
    print_table(results, out);
}
