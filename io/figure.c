#define _GNU_SOURCE /* strcasestr */
#include "figure.h"

#include "figure_text.h"
#include "palette.h"
#include "text.h"

#include <math.h>
#include <string.h>
#include <strings.h>

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

/* "model · dataset", or what there is of it. */
static void title(const struct results *results, char *text, size_t size)
{
    const char *model = results->model ? results->model : "";
    const char *dataset = results->dataset ? results->dataset : "";
    if (!*model && !*dataset)
        model = "GW distances between layers";
    snprintf(text, size, "%.120s%s%.120s", model, *model && *dataset ? " · " : "", dataset);
}

double figure_titles(const struct figure *figure, double left, double width, const char *second)
{
    enum { title_line = 21 };
    char first[300];
    char line[300];
    const char *rest = first;
    double top = 24 - title_line;
    title(figure->results, first, sizeof first);
    while (figure_text_line(&rest, (int)(width / 9.8), line, sizeof line)) {
        top += title_line;
        if (figure->script != NULL)
            figure_label(figure, left, top, line, (int)(width / 9.8), "left font ',13'");
    }
    if (figure->script != NULL)
        figure_label(figure, left, top + 22, second, (int)(width / FIGURE_COLUMN),
                     "left font ',10' textcolor '#666666'");
    return top - 24;
}

double figure_notes(const struct figure *figure, double left, double top, double width,
                    const char *text)
{
    char line[600];
    const int columns = (int)(width / 6.4);
    double height = 0;
    while (figure_text_line(&text, columns, line, sizeof line)) {
        if (figure->script != NULL)
            figure_label(figure, left, top + height + 8, line, columns,
                         "left font ',9' textcolor '#666666'");
        height += FIGURE_NOTE_LINE;
    }
    return height;
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

/* A layer that has no comparison has no distance from itself to show, either. */
static bool has_value(const struct results *results, int checkpoint, int row, int column)
{
    const bool itself = results->comparison == RESULTS_WITHIN && row == column;
    return isfinite(distance_at(results, checkpoint, row, column)) &&
           !(itself && segments_at(results, checkpoint)[row] < 0);
}

/* Whether some pair has no value, and whether some is within the noise. */
static void find_marks(const struct results *results, int checkpoint, bool *failures, bool *noise)
{
    for (int i = 0; i < results->layer_count; i++)
        for (int j = 0; j < results->column_count; j++) {
            *failures = *failures || !has_value(results, checkpoint, i, j);
            *noise = *noise || results_within_noise(results, checkpoint, i, j);
        }
}

void figure_explain(const struct results *results, int first, int last, char *text, size_t size)
{
    bool groups = false;
    bool failures = false;
    bool noise = false;
    for (int t = first; t <= last; t++) {
        groups = groups || (results->comparison == RESULTS_WITHIN && results->segment_count[t] > 1);
        find_marks(results, t, &failures, &noise);
    }
    snprintf(text, size, "%s%s%s%s%s", groups ? "red: groups of layers" : "",
             groups && noise ? "; " : "",
             noise ? "dots: within the noise, these layers cannot be told apart" : "",
             (groups || noise) && failures ? "; " : "",
             failures ? "hatched: no value, the pair could not be solved" : "");
}

void figure_groups(const struct results *results, int checkpoint, char *text, size_t size)
{
    const int groups = results->segment_count[checkpoint];
    if (groups < 1)
        snprintf(text, size, "no value");
    else
        snprintf(text, size, "%d group%s", groups, plural(groups));
}

/* The outlines of the groups: a closed path each, around layers without a value that stand inside,
 * too. A path of NaN keeps the block from being empty. */
static void write_outlines(FILE *script, const int32_t *labels, int count)
{
    for (int first = 0, end = 0; first < count; first = end) {
        end = first + 1;
        if (labels[first] < 0)
            continue;
        for (int k = end; k < count && (labels[k] < 0 || labels[k] == labels[first]); k++)
            end = labels[k] < 0 ? end : k + 1;
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
            if (has_value(results, checkpoint, i, j))
                fprintf(script, "%.6g%c", distance_at(results, checkpoint, i, j),
                        j + 1 < columns ? ' ' : '\n');
            else
                fprintf(script, "NaN%c", j + 1 < columns ? ' ' : '\n');
        }
    fprintf(script, "EOD\n$f%d << EOD\n", checkpoint);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            if (!has_value(results, checkpoint, i, j))
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

void figure_plot_hatched(FILE *script, const char *block)
{
    fprintf(script,
            "%s using 1:2:(0.5):(0.5) with boxxyerror fs solid fc '" COLOUR_PALE
            "' notitle, '' using 1:2:(0.5):(0.5) with boxxyerror fs transparent pattern 4 "
            "noborder fc '" COLOUR_GREY "' notitle, ",
            block);
}

void figure_plot_dots(FILE *script, const char *block, double size)
{
    fprintf(script, "%s with points pt 7 ps %.2f lc '#ffffff' notitle, ", block, size);
}

void figure_matrix_plot(const struct figure *figure, int checkpoint, double line_width)
{
    FILE *script = figure->script;
    bool failures = false;
    bool noise = false;
    char block[16];
    find_marks(figure->results, checkpoint, &failures, &noise);
    fprintf(script, "set xrange [-0.5:%g]\nset yrange [%g:-0.5]\nplot ",
            figure->results->column_count - 0.5, figure->results->layer_count - 0.5);
    fprintf(script, "$m%d matrix with @cells notitle, ", checkpoint);
    snprintf(block, sizeof block, "$f%d", checkpoint);
    if (failures)
        figure_plot_hatched(script, block);
    *strchr(block, 'f') = 'n';
    if (noise)
        figure_plot_dots(script, block, 0.35 * line_width);
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

double figure_line_width(int line, int lines)
{
    return 1.4 + 0.7 * (lines - 1 - line);
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
