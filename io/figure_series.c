/* series: what changes over training. Panels on one axis of steps: GW distances within and between
 * groups; accuracy and loss; contrast and number of groups; and where the boundaries between groups
 * are, so that one sees when each group emerged. */
#include "figure.h"
#include "figure_names.h"
#include "figure_text.h"
#include "figure_time.h"
#include "palette.h"

#include <math.h>

#define STRENGTH_TOP 0.6 /* end of its colour scale: 4 times as far across as aside */

enum { ACCURACIES_MAX = 4, LOSSES_MAX = 2, POINTS_MAX = 60, TITLE_COLUMNS = 20 };

static const char *const accuracy_colours[ACCURACIES_MAX] = {COLOUR_GREEN, COLOUR_PURPLE,
                                                             COLOUR_ORANGE, COLOUR_SKY};
static const char *const loss_colours[LOSSES_MAX] = {COLOUR_INK, COLOUR_GREY};

/* Scalars of one kind, which share an axis. */
struct scalars {
    const char *kind;
    const char *const *colours;
    int found[ACCURACIES_MAX];
    int count; /* that are drawn */
    int all;
    double factor; /* to fractions, where they come in percent */
};

struct series {
    struct figure *figure;
    struct figure_time time;
    const char *line; /* "lines", or "linespoints" where there are few */
    struct scalars accuracies, losses;
};

static void write_scalars(const struct series *series, const struct scalars *scalars, int t)
{
    for (int k = 0; k < scalars->count; k++) {
        double value =
            figure_scalar(series->figure->results, t, scalars->found[k]) * scalars->factor;
        fprintf(series->figure->script, isfinite(value) ? " %.9g" : " NaN", value);
    }
}

/* $series: position, within, between, mean, contrast, accuracies…, losses… */
static void write_data(const struct series *series)
{
    const struct results *r = series->figure->results;
    FILE *script = series->figure->script;
    fputs("$series << EOD\n", script);
    for (int t = 0; t < r->checkpoint_count; t++) {
        const double values[] = {r->within_gw[t], r->between_gw[t], r->mean_gw[t], r->contrast[t]};
        fprintf(script, "%.9g", figure_time_position(&series->time, (double)r->steps[t]));
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            fprintf(script, isfinite(values[k]) ? " %.9g" : " NaN", values[k]);
        write_scalars(series, &series->accuracies, t);
        write_scalars(series, &series->losses, t);
        fputc('\n', script);
    }
    fputs("EOD\n", script);
}

static double largest(const double *values, int count)
{
    double most = 0;
    for (int k = 0; k < count; k++)
        if (isfinite(values[k]))
            most = fmax(most, values[k]);
    return most;
}

static double smallest(const double *values, int count)
{
    double least = 0;
    for (int k = 0; k < count; k++)
        if (isfinite(values[k]))
            least = fmin(least, values[k]);
    return least;
}

static void curve(const struct series *series, int column, double width, const char *colour,
                  const char *title, const char *options)
{
    FILE *script = series->figure->script;
    fprintf(script, "$series using 1:%d with %s lw %g pt 7 ps %g lc '%s' %s title ", column,
            series->line, width, 0.3 + 0.12 * width, colour, options);
    figure_text(script, title, TITLE_COLUMNS, false);
}

static void distance_panel(const struct series *series)
{
    const struct results *r = series->figure->results;
    FILE *script = series->figure->script;
    int count = r->checkpoint_count;
    double top = fmax(fmax(largest(r->within_gw, count), largest(r->between_gw, count)),
                      largest(r->mean_gw, count));
    top = top > 0 ? top : 1;
    fprintf(script, "set yrange [0:%.9g]\nset ytics %.9g\nset ylabel 'mean GW distance'\n",
            1.08 * top, figure_nice_step(top / 5));
    fputs("plot ", script);
    curve(series, 4, 1.6, COLOUR_GREY, "all pairs", "dt (3,3)");
    if (largest(r->between_gw, count) > 0) { /* with one group throughout, within is all pairs */
        fputs(", ", script);
        curve(series, 3, 1.6, COLOUR_VERMILION, "between groups", "");
        fputs(", ", script);
        curve(series, 2, 1.6, COLOUR_BLUE, "within groups", "");
    }
    fputc('\n', script);
}

static void scalar_axis(const struct series *series, const struct scalars *scalars,
                        const char *axis)
{
    FILE *script = series->figure->script;
    const struct results *r = series->figure->results;
    double least = 0;
    double most = 0;
    for (int k = 0; k < scalars->count; k++)
        for (int t = 0; t < r->checkpoint_count; t++) {
            double value = figure_scalar(r, t, scalars->found[k]) * scalars->factor;
            least = isfinite(value) ? fmin(least, value) : least;
            most = isfinite(value) ? fmax(most, value) : most;
        }
    most = scalars == &series->accuracies ? 1 : fmax(most, least + 1e-9);
    fprintf(script, "set %srange [%.9g:%.9g]\nset %stics scale 0.5 nomirror %.9g\nset %slabel '%s",
            axis, 1.05 * least, most + 0.06 * (most - least), axis,
            figure_nice_step((most - least) / 5), axis, scalars->kind);
    if (scalars->count < scalars->all)
        fprintf(script, " (%d of %d)", scalars->count, scalars->all);
    fputs("'\n", script);
}

/* Accuracies on the left axis, losses on the right one; or losses alone on the left. */
static void scalar_panel(const struct series *series)
{
    const struct scalars *const kinds[] = {&series->accuracies, &series->losses};
    FILE *script = series->figure->script;
    const char *axis = "y";
    const char *separator = "plot ";
    int column = 6;
    for (int kind = 0; kind < 2; kind++)
        if (kinds[kind]->count > 0) {
            scalar_axis(series, kinds[kind], axis);
            axis = "y2";
        }
    for (int kind = 0; kind < 2; kind++)
        for (int k = 0; k < kinds[kind]->count; k++, column++) {
            const bool second = kind == 1 && kinds[0]->count > 0;
            fputs(separator, script);
            curve(series, column, figure_line_width(k, kinds[kind]->count), kinds[kind]->colours[k],
                  series->figure->results->scalars[kinds[kind]->found[k]],
                  second ? "dt (5,3) axes x1y2" : "");
            separator = ", ";
        }
    fputs("\nunset y2tics\nunset y2label\n", script);
}

/* $groups: their number as a level line over the stretch of each checkpoint. */
static void groups_data(const struct series *series)
{
    const struct results *r = series->figure->results;
    FILE *script = series->figure->script;
    double from = 0;
    double to = 0;
    fputs("$groups << EOD\n", script);
    for (int t = 0; t < r->checkpoint_count; t++) {
        figure_time_span(r, &series->time, t, &from, &to);
        fprintf(script, "%.9g %d\n%.9g %d\n", from, r->segment_count[t], to, r->segment_count[t]);
    }
    fputs("EOD\n", script);
}

static void contrast_panel(const struct series *series)
{
    const struct results *r = series->figure->results;
    FILE *script = series->figure->script;
    double low = smallest(r->contrast, r->checkpoint_count);
    double high = fmax(largest(r->contrast, r->checkpoint_count), 0.05);
    int most = 1;
    for (int t = 0; t < r->checkpoint_count; t++)
        most = r->segment_count[t] > most ? r->segment_count[t] : most;
    groups_data(series);
    fprintf(script,
            "set yrange [%.9g:%.9g]\nset ytics %.9g\nset ylabel 'contrast'\n"
            "set y2range [0:%g]\nset y2tics scale 0.5 %d textcolor '" COLOUR_INK
            "'\nset y2label 'groups'\n",
            1.1 * low, 1.15 * high, figure_nice_step((high - low) / 4), 1.15 * most,
            (most + 3) / 4);
    fputs("plot $groups using 1:2 with lines lw 1.6 lc '" COLOUR_GREY
          "' axes x1y2 title 'number of groups', ",
          script);
    curve(series, 5, 1.6, COLOUR_VERMILION, "contrast (b−w)/(b+w)", "");
    fputs("\nunset y2tics\nunset y2label\n", script);
}

/* How deep a place is that is no boundary, as a grey on the scale of the boundaries. */
static int grey_of(double strength)
{
    const int level = 255 - (int)(130 * fmin(fmax(strength, 0) / STRENGTH_TOP, 1));
    return level << 16 | level << 8 | level;
}

static void write_tile(FILE *script, double from, double to, int k)
{
    fprintf(script, "%.9g %.9g %d %d ", from, to, k, k + 1);
}

/* What there is at a place between two layers. */
enum place { BOUNDARY, SHALLOW, UNKNOWN };

static enum place place_at(const struct results *r, int t, int k)
{
    const int32_t *labels = r->segments + (int64_t)t * r->layer_count;
    const double strength = r->boundary_strength[(int64_t)t * (r->layer_count - 1) + k];
    int before = k;
    int after = k + 1;
    while (before > 0 && labels[before] < 0) /* layers without a value belong to no group */
        before--;
    while (after + 1 < r->layer_count && labels[after] < 0)
        after++;
    if (!isfinite(strength))
        return UNKNOWN;
    return labels[before] >= 0 && labels[after] >= 0 && labels[before] != labels[after] ? BOUNDARY
                                                                                        : SHALLOW;
}

/* $boundaries, $shallow, $unknown: rectangles with strength, grey, nothing. The place behind layer
 * k is drawn between the ticks of layers k and k + 1. Returns how many there are of each. */
static void boundary_data(const struct series *series, int *counts)
{
    static const char *const blocks[] = {"boundaries", "shallow", "unknown"};
    const struct results *r = series->figure->results;
    FILE *script = series->figure->script;
    for (enum place kind = BOUNDARY; kind <= UNKNOWN; kind++) {
        fprintf(script, "$%s << EOD\n", blocks[kind]);
        for (int t = 0; t < r->checkpoint_count; t++) {
            double from = 0;
            double to = 0;
            figure_time_span(r, &series->time, t, &from, &to);
            for (int k = 0; k + 1 < r->layer_count; k++) {
                const double strength = r->boundary_strength[(int64_t)t * (r->layer_count - 1) + k];
                if (place_at(r, t, k) != kind)
                    continue;
                write_tile(script, from, to, k);
                if (kind == BOUNDARY)
                    fprintf(script, "%.6g\n", strength);
                else
                    fprintf(script, "%d\n", kind == SHALLOW ? grey_of(strength) : 0);
                counts[kind]++;
            }
        }
        fputs("NaN NaN NaN NaN NaN\nEOD\n", script);
    }
}

static void boundary_scale(const struct series *series, const struct figure_box *box)
{
    const struct figure_box colours = {box->left + box->width + 18, box->top, 14, box->height};
    figure_place_colours(series->figure, &colours);
    fprintf(series->figure->script,
            PALETTE_STRENGTH "set cbrange [%g:%g]\n"
                             "set cbtics scale 0.4 offset -0.5,0 textcolor '" COLOUR_INK
                             "' ('1.5' 0.2, '2' %.6g, '3' 0.5, '4' 0.6)\n"
                             "set cblabel 'times as far across as aside' offset 0.8,0\n",
            RESULTS_MIN_CONTRAST, STRENGTH_TOP, 1.0 / 3);
}

static void boundary_panel(const struct series *series, const struct figure_box *box,
                           const struct figure_names *names, const int *counts)
{
    const struct results *r = series->figure->results;
    FILE *script = series->figure->script;
    boundary_scale(series, box);
    fprintf(script, "set yrange [%g:-0.5]\nset ylabel ''\nunset grid\n", r->layer_count - 0.5);
    figure_names_ticks(script, names, "nomirror right offset 0.6,0");
    fputs("plot $shallow using 1:3:1:2:3:4:5 with boxxyerror fs solid noborder lc rgb variable "
          "notitle, ",
          script);
    if (counts[UNKNOWN] > 0)
        fputs("$unknown using 1:3:1:2:3:4 with boxxyerror fs solid noborder fc '" COLOUR_PALE
              "' notitle, '' using 1:3:1:2:3:4 with boxxyerror fs transparent pattern 4 noborder "
              "fc '" COLOUR_GREY "' notitle, ",
              script);
    fprintf(script,
            "$boundaries using 1:3:1:2:3:4:5 with boxxyerror fs solid noborder lc palette notitle, "
            "'' using 1:($3+0.5):($2-$1):(0) with vectors nohead lw %g lc '" COLOUR_INK "' %s\n",
            box->height / r->layer_count < 8 ? 1.6 : 2.4,
            counts[BOUNDARY] > 0 ? "title 'boundary between groups'" : "notitle");
}

static void explain(const struct figure_names *names, const int *counts, char *notes, size_t size)
{
    snprintf(notes, size,
             "%sgrey: no boundary (on the same scale, of the window of layers that shows most)%s",
             counts[BOUNDARY] > 0 ? "blue: boundaries between groups; " : "",
             counts[UNKNOWN] > 0 ? "; hatched: nothing to compare" : "");
    figure_names_explain(names, names, notes, size);
}

static struct scalars scalars_like(const struct results *r, const char *part, const char *kind,
                                   const char *const *colours, int limit)
{
    enum { many = 64 };
    int found[many];
    struct scalars scalars = {.kind = kind, .colours = colours, .factor = 1};
    scalars.all = figure_scalars_like(r, part, found, many);
    scalars.count = scalars.all < limit ? scalars.all : limit;
    for (int k = 0; k < scalars.count; k++)
        scalars.found[k] = found[k];
    return scalars;
}

static void place_panel(const struct series *series, const struct figure_box *box, bool labels)
{
    FILE *script = series->figure->script;
    figure_place(series->figure, box);
    figure_time_axis(script, series->figure->results, &series->time, labels, box->width);
    fprintf(script,
            "set key at screen %.6f, screen %.6f right bottom horizontal samplen 2.2 width 1 "
            "font ',9' textcolor '#444444'\n",
            (box->left + box->width) / series->figure->width,
            1 - (box->top - 4) / series->figure->height);
}

static void subtitle(const struct results *r, char *text, size_t size)
{
    if (r->checkpoint_count == 1)
        snprintf(text, size, "1 checkpoint, step %lld", (long long)r->steps[0]);
    else
        snprintf(text, size, "%d checkpoints  ·  steps %lld to %lld", r->checkpoint_count,
                 (long long)r->steps[0], (long long)r->steps[r->checkpoint_count - 1]);
}

/* The box below another one. */
static struct figure_box below(const struct figure_box *box, double height)
{
    return (struct figure_box){box->left, box->top + box->height + 40, box->width, height};
}

void figure_series(struct figure *figure, int unused)
{
    (void)unused;
    const struct results *r = figure->results;
    const struct figure sizes = {.results = r};
    const double margin = 24;
    char text[800];
    int counts[UNKNOWN + 1] = {0};
    struct series series = {.figure = figure, .time = figure_time_of(r)};
    series.line = r->checkpoint_count <= POINTS_MAX ? "linespoints" : "lines";
    series.accuracies = scalars_like(r, "acc", "accuracy", accuracy_colours, ACCURACIES_MAX);
    series.accuracies.factor = figure_fraction(r, series.accuracies.found, series.accuracies.count);
    series.losses = scalars_like(r, "loss", "loss", loss_colours, LOSSES_MAX);
    const bool scalars = series.accuracies.count + series.losses.count > 0;

    const double raster = fmin(fmax(r->layer_count * 16.0, 170), 520);
    struct figure_names names =
        figure_names_new(r, "y", raster / r->layer_count, 10, FIGURE_NAME_COLUMNS);
    const double left = fmax(names.width + 14, 88);
    figure->width = (int)(left + 720 + 110);
    const double width = figure->width - 2 * margin; /* of texts */
    const struct figure_box distances = {
        left, 30 + FIGURE_HEAD + figure_titles(&sizes, margin, width, ""), 720, 200};
    const struct figure_box accuracy = below(&distances, 150);
    const struct figure_box contrast = below(scalars ? &accuracy : &distances, 130);
    const struct figure_box boundaries = below(&contrast, raster);
    const double below_all = boundaries.top + raster + 54;

    write_data(&series);
    boundary_data(&series, counts);
    explain(&names, counts, text, sizeof text);
    figure->height = (int)(below_all + figure_notes(&sizes, margin, below_all, width, text) + 10);
    fputs("set multiplot\nset border 3 lw 0.8 lc '#666666'\n"
          "set ytics scale 0.5 nomirror\nset tics textcolor '" COLOUR_INK "'\n"
          "set grid ytics lw 0.6 lt 1 lc '" COLOUR_PALE "'\n",
          figure->script);
    figure_notes(figure, margin, below_all, width, text);
    subtitle(r, text, sizeof text);
    figure_titles(figure, margin, width, text);
    place_panel(&series, &distances, false);
    distance_panel(&series);
    fputs("unset label\n", figure->script);
    if (scalars) {
        place_panel(&series, &accuracy, false);
        scalar_panel(&series);
    }
    place_panel(&series, &contrast, false);
    contrast_panel(&series);
    place_panel(&series, &boundaries, true);
    boundary_panel(&series, &boundaries, &names, counts);
    fputs("unset multiplot\n", figure->script);
    figure_names_reset(&names);
}
