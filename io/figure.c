#define _GNU_SOURCE /* strcasestr */
#include "figure.h"

#include "figure_text.h"
#include "palette.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static const double column_width = 7.4; /* of a mean character at the base font, px */

void figure_place(const struct figure *figure, const struct figure_box *box)
{
    fprintf(figure->script,
            "set lmargin at screen %.6f\nset rmargin at screen %.6f\n"
            "set tmargin at screen %.6f\nset bmargin at screen %.6f\n",
            box->left / figure->width, (box->left + box->width) / figure->width,
            1 - box->top / figure->height, 1 - (box->top + box->height) / figure->height);
}

void figure_place_colours(const struct figure *figure, const struct figure_box *box)
{
    fprintf(figure->script,
            "set colorbox vertical user origin screen %.6f, screen %.6f size screen %.6f, "
            "screen %.6f noborder\n",
            box->left / figure->width, 1 - (box->top + box->height) / figure->height,
            box->width / figure->width, box->height / figure->height);
}

void figure_label(const struct figure *figure, double left, double top, const char *text,
                  int columns, const char *options)
{
    fputs("set label ", figure->script);
    figure_text(figure->script, text, columns, false);
    fprintf(figure->script, " at screen %.6f, screen %.6f %s\n", left / figure->width,
            1 - top / figure->height, options);
}

/* "model  ·  dataset", or what there is of it. */
static void title(const struct results *results, char *text, size_t size)
{
    const char *model = results->model ? results->model : "";
    const char *dataset = results->dataset ? results->dataset : "";
    if (!*model && !*dataset)
        model = "GW distances between layers";
    snprintf(text, size, "%.120s%s%.120s", model, *model && *dataset ? "  ·  " : "", dataset);
}

void figure_titles(const struct figure *figure, double left, double width, const char *second)
{
    char first[300];
    int columns = (int)(width / 9.5);
    title(figure->results, first, sizeof first);
    figure_label(figure, left, 24, first, columns, "left font ',13'");
    figure_label(figure, left, 46, second, (int)(width / 7.4),
                 "left font ',10' textcolor '#666666'");
}

/* What the configuration divides distances by, for the label of the colour bar; "" if nothing. */
static const char *normalisation(const struct results *results)
{
    static const char *const known[][2] = {{"normalize: mean", " (mean-normalised)"},
                                           {"normalize: max", " (max-normalised)"},
                                           {"normalize: median", " (median-normalised)"}};
    for (size_t k = 0; results->configuration && k < sizeof known / sizeof *known; k++)
        if (strstr(results->configuration, known[k][0]))
            return known[k][1];
    return "";
}

void figure_distance_scale(const struct figure *figure)
{
    fprintf(figure->script,
            PALETTE_DISTANCE "set cbrange [0:%.9g]\n"
                             "set cbtics scale 0.4 offset -0.5,0 autofreq textcolor '" COLOUR_INK
                             "'\n"
                             "set cblabel 'GW distance ½√loss%s' offset 0.8,0\n",
            figure->top, normalisation(figure->results));
}

static double distance_at(const struct results *results, int checkpoint, int row, int column)
{
    return results->distance[results_cell(results, checkpoint, row, column)];
}

static const int32_t *segments_at(const struct results *results, int checkpoint)
{
    return results->segments + (int64_t)checkpoint * results->layer_count;
}

bool figure_has_failures(const struct results *results, int checkpoint)
{
    for (int i = 0; i < results->layer_count; i++)
        for (int j = 0; j < results->column_count; j++)
            if (!isfinite(distance_at(results, checkpoint, i, j)))
                return true;
    return false;
}

bool figure_has_noise(const struct results *results, int checkpoint)
{
    for (int i = 0; i < results->layer_count; i++)
        for (int j = 0; j < results->column_count; j++)
            if (results_within_noise(results, checkpoint, i, j))
                return true;
    return false;
}

/* The outlines of the groups: a closed path each. A path of NaN keeps the block from being empty.
 */
static void write_outlines(FILE *script, const int32_t *labels, int count)
{
    for (int first = 0, end = 0; first < count; first = end) {
        while (end < count && labels[end] == labels[first])
            end++;
        if (labels[first] < 0)
            continue;
        double a = first - 0.5;
        double b = end - 0.5;
        fprintf(script, "%g %g\n%g %g\n%g %g\n%g %g\n%g %g\n\n", a, a, b, a, b, b, a, b, a, a);
    }
    fputs("NaN NaN\n", script);
}

void figure_matrix_data(const struct figure *figure, int checkpoint)
{
    const struct results *results = figure->results;
    const int rows = results->layer_count;
    const int columns = results->column_count;
    FILE *script = figure->script;
    fprintf(script, "$m%d << EOD\n", checkpoint);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            double value = distance_at(results, checkpoint, i, j);
            if (isfinite(value))
                fprintf(script, "%.6g%c", value, j + 1 < columns ? ' ' : '\n');
            else
                fprintf(script, "NaN%c", j + 1 < columns ? ' ' : '\n');
        }
    fprintf(script, "EOD\n$f%d << EOD\n", checkpoint);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            if (!isfinite(distance_at(results, checkpoint, i, j)))
                fprintf(script, "%d %d\n", j, i);
    fprintf(script, "NaN NaN\nEOD\n$n%d << EOD\n", checkpoint);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            if (results_within_noise(results, checkpoint, i, j))
                fprintf(script, "%d %d\n", j, i);
    fprintf(script, "NaN NaN\nEOD\n$g%d << EOD\n", checkpoint);
    if (results->comparison == RESULTS_WITHIN)
        write_outlines(script, segments_at(results, checkpoint), rows);
    else
        fputs("NaN NaN\n", script);
    fputs("EOD\n", script);
}

void figure_matrix_plot(const struct figure *figure, int checkpoint, double line_width)
{
    FILE *script = figure->script;
    fprintf(script, "set xrange [-0.5:%g]\nset yrange [%g:-0.5]\nplot ",
            figure->results->column_count - 0.5, figure->results->layer_count - 0.5);
    fprintf(script, "$m%d matrix with @cells notitle, ", checkpoint);
    if (figure_has_failures(figure->results, checkpoint))
        fprintf(script,
                "$f%d using 1:2:(0.5):(0.5) with boxxyerror fs solid fc '" COLOUR_PALE
                "' notitle, '' using 1:2:(0.5):(0.5) with boxxyerror fs transparent pattern 4 "
                "noborder fc '" COLOUR_GREY "' notitle, ",
                checkpoint);
    if (figure_has_noise(figure->results, checkpoint))
        fprintf(script, "$n%d with points pt 7 ps %.2f lc '#ffffff' notitle, ", checkpoint,
                0.35 * line_width);
    fprintf(script,
            "$g%d with lines lw %.2f lc '#ffffff' notitle, "
            "'' with lines lw %.2f lc '#d7191c' notitle\n",
            checkpoint, 2.6 * line_width, 1.3 * line_width);
}

double figure_cell(const struct results *results, double least, double most)
{
    double layers = fmax(results->layer_count, results->column_count);
    double cell = fmin(fmax(30, ceil(least / layers)), floor(most / layers));
    return cell * layers >= least ? cell : most / layers;
}

double figure_nice_step(double least)
{
    double power = pow(10, floor(log10(least)));
    return least <= power       ? power
           : least <= 2 * power ? 2 * power
           : least <= 5 * power ? 5 * power
                                : 10 * power;
}

int figure_name_step(double spacing)
{
    return spacing >= FIGURE_LINE ? 1 : (int)ceil(FIGURE_LINE / spacing);
}

static int names_on(const struct results *results, const char *axis)
{
    return *axis == 'x' ? results->column_count : results->layer_count;
}

static const char *name_on(const struct results *results, const char *axis, int k)
{
    return *axis == 'x' ? results_column(results, k) : results->layers[k];
}

double figure_names_width(const struct results *results, const char *axis, int step)
{
    int columns = 0;
    for (int k = 0; k < names_on(results, axis); k += step) {
        int found = figure_text_columns(name_on(results, axis, k), FIGURE_NAME_COLUMNS);
        columns = found > columns ? found : columns;
    }
    return column_width * columns;
}

void figure_name_ticks(const struct figure *figure, const char *axis, int step, const char *options)
{
    fprintf(figure->script, "set %stics scale 0 %s textcolor '" COLOUR_INK "' (", axis, options);
    for (int k = 0; k < names_on(figure->results, axis); k += step) {
        fputs(k ? ", " : "", figure->script);
        figure_text(figure->script, name_on(figure->results, axis, k), FIGURE_NAME_COLUMNS, true);
        fprintf(figure->script, " %d", k);
    }
    fputs(")\n", figure->script);
}

double figure_scalar(const struct results *results, int checkpoint, int scalar)
{
    return results->scalar_values[(int64_t)checkpoint * results->scalar_count + scalar];
}

int figure_scalars_like(const struct results *results, const char *part, int *found, int limit)
{
    int count = 0;
    for (int s = 0; s < results->scalar_count && count < limit; s++)
        if (strcasestr(results->scalars[s], part))
            found[count++] = s;
    return count;
}

double figure_fraction(const struct results *results, const int *scalars, int count)
{
    double largest = 0;
    for (int k = 0; k < count; k++)
        for (int t = 0; t < results->checkpoint_count; t++)
            largest = fmax(largest, figure_scalar(results, t, scalars[k]));
    return largest > 1.5 ? 0.01 : 1.0;
}

static int empty_places(int count, int columns)
{
    return (columns - count % columns) % columns;
}

int figure_columns(int count)
{
    int best = (int)ceil(sqrt(count));
    for (int columns = best + 1; columns <= ceil(sqrt(2.0 * count)); columns++)
        if (empty_places(count, columns) < empty_places(count, best))
            best = columns;
    return best;
}
