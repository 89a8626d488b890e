/* series: what changes over training. Three panels on one axis of steps: GW distances within and
 * between groups beside the accuracy; contrast and number of groups; and where the boundaries
 * between groups are, so that one sees when each group emerged. */
#include "figure.h"
#include "figure_text.h"
#include "figure_time.h"
#include "palette.h"

#include <math.h>

enum { SCALARS_MAX = 4, POINTS_MAX = 60, TITLE_COLUMNS = 20 };

static const char *const scalar_colours[SCALARS_MAX] = {COLOUR_GREEN, COLOUR_PURPLE, COLOUR_ORANGE,
                                                        COLOUR_SKY};

struct series {
    struct figure *figure;
    struct figure_time time;
    const char *line;         /* "lines", or "linespoints" where there are few */
    int scalars[SCALARS_MAX]; /* drawn on the second axis */
    int scalar_count;
    bool accuracies; /* those are accuracies; else losses */
    double fraction; /* what makes fractions of them */
};

/* $series: position, within, between, mean, contrast, scalars… */
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
        for (int k = 0; k < series->scalar_count; k++) {
            double value = figure_scalar(r, t, series->scalars[k]) * series->fraction;
            fprintf(script, isfinite(value) ? " %.9g" : " NaN", value);
        }
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

static void second_axis(const struct series *series)
{
    FILE *script = series->figure->script;
    const struct results *r = series->figure->results;
    double most = 0;
    for (int k = 0; k < series->scalar_count; k++)
        for (int t = 0; t < r->checkpoint_count; t++) {
            double value = figure_scalar(r, t, series->scalars[k]);
            most = isfinite(value) ? fmax(most, value) : most;
        }
    if (series->scalar_count == 0)
        return;
    fprintf(script,
            "set y2range [0:%.9g]\nset y2tics scale 0.5 autofreq textcolor '" COLOUR_INK
            "'\nset y2label '%s'\n",
            series->accuracies ? 1.02 : fmax(1.08 * most, 1e-9),
            series->accuracies ? "accuracy" : "loss");
}

static void curve(const struct series *series, int column, const char *colour, const char *title,
                  const char *options)
{
    FILE *script = series->figure->script;
    fprintf(script, "$series using 1:%d with %s lw 1.6 pt 7 ps 0.5 lc '%s' %s title ", column,
            series->line, colour, options);
    figure_text(script, title, TITLE_COLUMNS, false);
}

/* Mean distances, with accuracy or loss on the second axis. */
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
    second_axis(series);
    fputs("plot ", script);
    curve(series, 4, COLOUR_GREY, "all pairs", "dt (3,3)");
    if (largest(r->between_gw, count) > 0) { /* with one group throughout, within is all pairs */
        fputs(", ", script);
        curve(series, 3, COLOUR_VERMILION, "between groups", "");
        fputs(", ", script);
        curve(series, 2, COLOUR_BLUE, "within groups", "");
    }
    for (int k = 0; k < series->scalar_count; k++) {
        fputs(", ", script);
        curve(series, 6 + k, scalar_colours[k], r->scalars[series->scalars[k]],
              "dt (8,3) axes x1y2");
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
    curve(series, 5, COLOUR_VERMILION, "contrast (b−w)/(b+w)", "");
    fputs("\nunset y2tics\nunset y2label\n", script);
}

/* $tiles: rectangle and strength of every possible boundary; $cuts: the boundaries that there are.
 * The boundary behind layer k is drawn between the ticks of layers k and k + 1. Returns whether
 * there is any. */
static bool boundary_data(const struct series *series)
{
    const struct results *r = series->figure->results;
    FILE *script = series->figure->script;
    int last = r->layer_count - 1;
    bool any = false;
    double from = 0;
    double to = 0;
    fputs("$tiles << EOD\n", script);
    for (int t = 0; t < r->checkpoint_count; t++) {
        figure_time_span(r, &series->time, t, &from, &to);
        for (int k = 0; k < last; k++) {
            double strength = r->boundary_strength[(int64_t)t * last + k];
            if (isfinite(strength))
                fprintf(script, "%.9g %.9g %d %d %.6g\n", from, to, k, k + 1, fmax(strength, 0));
        }
    }
    fputs("NaN NaN NaN NaN NaN\nEOD\n$cuts << EOD\n", script);
    for (int t = 0; t < r->checkpoint_count; t++) {
        const int32_t *labels = r->segments + (int64_t)t * r->layer_count;
        figure_time_span(r, &series->time, t, &from, &to);
        for (int k = 0; k < last; k++)
            if (labels[k] != labels[k + 1] && labels[k] >= 0 && labels[k + 1] >= 0) {
                fprintf(script, "%.9g %.1f %.9g\n", from, k + 0.5, to - from);
                any = true;
            }
    }
    fputs("NaN NaN NaN\nEOD\n", script);
    return any;
}

static void boundary_panel(const struct series *series, const struct figure_box *box)
{
    const struct figure *figure = series->figure;
    const struct results *r = figure->results;
    FILE *script = figure->script;
    double top = largest(r->boundary_strength, r->checkpoint_count * (r->layer_count - 1));
    const struct figure_box colours = {box->left + box->width + 18, box->top, 14, box->height};
    bool any = boundary_data(series);
    figure_place_colours(figure, &colours);
    fprintf(
        script,
        PALETTE_STRENGTH
        "set cbrange [0:%.9g]\nset cbtics scale 0.4 offset -0.5,0 autofreq textcolor '" COLOUR_INK
        "'\n"
        "set cblabel 'boundary strength' offset 0.8,0\n"
        "set yrange [%g:-0.5]\nset ylabel ''\nunset grid\n",
        top > 0 ? top : 1, r->layer_count - 0.5);
    figure_name_ticks(figure, "y", figure_name_step(box->height / r->layer_count),
                      "nomirror right offset 0.6,0");
    fprintf(script,
            "plot $tiles using 1:3:1:2:3:4:5 with boxxyerror fs solid noborder lc palette notitle, "
            "$cuts using 1:2:3:(0) with vectors nohead lw %g lc '" COLOUR_INK "' %s\n",
            box->height / r->layer_count < 8 ? 1.6 : 2.4,
            any ? "title 'boundary between groups'" : "notitle");
}

static void choose_scalars(struct series *series)
{
    const struct results *r = series->figure->results;
    series->fraction = 1;
    series->scalar_count = figure_scalars_like(r, "acc", series->scalars, SCALARS_MAX);
    series->accuracies = series->scalar_count > 0;
    if (series->accuracies)
        series->fraction = figure_fraction(r, series->scalars, series->scalar_count);
    else
        series->scalar_count = figure_scalars_like(r, "loss", series->scalars, SCALARS_MAX);
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

void figure_series(struct figure *figure, int unused)
{
    (void)unused;
    const struct results *r = figure->results;
    char second[120];
    struct series series = {.figure = figure, .time = figure_time_of(r)};
    series.line = r->checkpoint_count <= POINTS_MAX ? "linespoints" : "lines";
    choose_scalars(&series);

    double raster = fmin(fmax(r->layer_count * 16.0, 170), 520);
    int step = figure_name_step(raster / r->layer_count);
    double left = fmax(figure_names_width(r, "y", step) + 14, 80);
    const struct figure_box distances = {left, 96, 720, 250};
    const struct figure_box contrast = {left, distances.top + distances.height + 40, 720, 130};
    const struct figure_box boundaries = {left, contrast.top + contrast.height + 40, 720, raster};
    figure->width = (int)(left + 720 + 110);
    figure->height = (int)(boundaries.top + raster + 56);

    if (r->checkpoint_count == 1)
        snprintf(second, sizeof second, "1 checkpoint, step %lld", (long long)r->steps[0]);
    else
        snprintf(second, sizeof second, "%d checkpoints  ·  steps %lld to %lld",
                 r->checkpoint_count, (long long)r->steps[0],
                 (long long)r->steps[r->checkpoint_count - 1]);
    fputs("set multiplot\nset border 3 lw 0.8 lc '#666666'\n"
          "set ytics scale 0.5 nomirror\nset tics textcolor '" COLOUR_INK "'\n"
          "set grid ytics lw 0.6 lt 1 lc '" COLOUR_PALE "'\n",
          figure->script);
    figure_titles(figure, left, figure->width - left - 10, second);
    write_data(&series);
    place_panel(&series, &distances, false);
    distance_panel(&series);
    fputs("unset label\n", figure->script);
    place_panel(&series, &contrast, false);
    contrast_panel(&series);
    place_panel(&series, &boundaries, true);
    fputs("set xlabel 'training step'\n", figure->script);
    boundary_panel(&series, &boundaries);
    fputs("unset multiplot\n", figure->script);
}
