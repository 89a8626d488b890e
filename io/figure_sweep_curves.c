/* curves-<key>: groups, contrast, step of emergence and mean distance over the values of one axis
 * of a sweep. A line for each combination of the other axes, or, where these are many, their mean.
 */
#include "figure_sweep.h"

#include "figure_text.h"
#include "palette.h"

#include <math.h>
#include <stdlib.h>

enum { LINES_MAX = 6, PANELS = 4, TICKS_MAX = 16, LABEL_COLUMNS = 24 };

static const char *const colours[LINES_MAX] = {COLOUR_BLUE,   COLOUR_VERMILION, COLOUR_GREEN,
                                               COLOUR_PURPLE, COLOUR_ORANGE,    COLOUR_SKY};

static const struct panel {
    const char *title;
    size_t offset; /* in struct sweep_member */
} panels[PANELS] = {
    {"groups", offsetof(struct sweep_member, groups)},
    {"contrast", offsetof(struct sweep_member, contrast)},
    {"emergence step", offsetof(struct sweep_member, emergence_step)},
    {"mean GW distance", offsetof(struct sweep_member, mean_gw)},
};

/* A value of the axis and where it stands. */
struct point {
    double x;
    int place;
};

struct curves {
    const struct figure *figure;
    const struct config_sweep *sweep;
    int axis, key;
    int count;            /* values of the axis */
    int lines;            /* combinations of the other axes */
    struct point *points; /* [count] by increasing x; owned */
    bool numeric, logarithmic;
};

static double value_of(const struct sweep_member *member, int panel)
{
    return *(const double *)((const char *)member + panels[panel].offset);
}

static int compare_points(const void *left, const void *right)
{
    double a = ((const struct point *)left)->x;
    double b = ((const struct point *)right)->x;
    return (a > b) - (a < b);
}

/* Numbers stand where they are, on a logarithmic axis if they span more than a decade; words stand
 * side by side. */
static bool place_values(struct curves *curves)
{
    const struct config_sweep_key *swept = &curves->sweep->keys[curves->key];
    double *numbers = calloc((size_t)curves->count, sizeof *numbers);
    curves->points = calloc((size_t)curves->count, sizeof *curves->points);
    if (numbers == NULL || curves->points == NULL) {
        free(numbers);
        return false;
    }
    curves->numeric = sweep_numbers(swept, numbers);
    for (int v = 0; v < curves->count; v++)
        curves->points[v] = (struct point){curves->numeric ? numbers[v] : v, v};
    free(numbers);
    qsort(curves->points, (size_t)curves->count, sizeof *curves->points, compare_points);
    const double low = curves->points[0].x;
    curves->logarithmic =
        curves->numeric && low > 0 && curves->points[curves->count - 1].x > 10 * low;
    return true;
}

/* The members with that value of the axis, in turn: returns those of them that are left, next
 * first.
 */
static int64_t next_member(const struct curves *curves, int place, int64_t from)
{
    while (from < curves->sweep->member_count &&
           config_sweep_place(curves->sweep, curves->key, from) != place)
        from++;
    return from;
}

static void write_row(FILE *script, double x, const double *values)
{
    fprintf(script, "%.9g", x);
    for (int p = 0; p < PANELS; p++)
        fprintf(script, isfinite(values[p]) ? " %.9g" : " NaN", values[p]);
    fputc('\n', script);
}

/* $all: every member; $mean: their mean at each value; $none: the members without results. */
static void write_points(const struct curves *curves)
{
    FILE *script = curves->figure->script;
    const struct sweep_member *members = curves->figure->sweep->members;
    fputs("$all << EOD\n", script);
    for (int v = 0; v < curves->count; v++)
        for (int64_t m = next_member(curves, curves->points[v].place, 0);
             m < curves->sweep->member_count;
             m = next_member(curves, curves->points[v].place, m + 1)) {
            double values[PANELS];
            for (int p = 0; p < PANELS; p++)
                values[p] = value_of(&members[m], p);
            write_row(script, curves->points[v].x, values);
        }
    fputs("EOD\n$none << EOD\nNaN\n", script);
    for (int v = 0; v < curves->count; v++)
        for (int64_t m = next_member(curves, curves->points[v].place, 0);
             m < curves->sweep->member_count;
             m = next_member(curves, curves->points[v].place, m + 1))
            if (!sweep_has_results(&members[m]))
                fprintf(script, "%.9g\n", curves->points[v].x);
    fputs("EOD\n", script);
}

static void write_mean(const struct curves *curves)
{
    FILE *script = curves->figure->script;
    fputs("$mean << EOD\n", script);
    for (int v = 0; v < curves->count; v++) {
        double values[PANELS];
        for (int p = 0; p < PANELS; p++) {
            double sum = 0;
            int found = 0;
            for (int64_t m = next_member(curves, curves->points[v].place, 0);
                 m < curves->sweep->member_count;
                 m = next_member(curves, curves->points[v].place, m + 1)) {
                const double value = value_of(&curves->figure->sweep->members[m], p);
                sum += isfinite(value) ? value : 0;
                found += isfinite(value) != 0;
            }
            values[p] = found > 0 ? sum / found : NAN;
        }
        write_row(script, curves->points[v].x, values);
    }
    fputs("EOD\n", script);
}

/* The line-th member with that value: all values list the other axes' combinations in one order. */
static int64_t member_of(const struct curves *curves, int place, int line)
{
    int64_t m = next_member(curves, place, 0);
    while (line-- > 0)
        m = next_member(curves, place, m + 1);
    return m;
}

/* $l<line>: the members of one combination of the other axes. */
static void write_line(const struct curves *curves, int line)
{
    FILE *script = curves->figure->script;
    fprintf(script, "$l%d << EOD\n", line);
    for (int v = 0; v < curves->count; v++) {
        const int64_t m = member_of(curves, curves->points[v].place, line);
        double values[PANELS];
        for (int p = 0; p < PANELS; p++)
            values[p] = value_of(&curves->figure->sweep->members[m], p);
        write_row(script, curves->points[v].x, values);
    }
    fputs("EOD\n", script);
}

static void write_data(const struct curves *curves)
{
    write_points(curves);
    if (curves->lines > LINES_MAX)
        write_mean(curves);
    for (int line = 0; line < curves->lines && curves->lines <= LINES_MAX; line++)
        write_line(curves, line);
}

static void set_x_axis(const struct curves *curves, bool labels)
{
    FILE *script = curves->figure->script;
    const struct config_sweep_key *swept = &curves->sweep->keys[curves->key];
    const double low = curves->points[0].x;
    const double high = curves->points[curves->count - 1].x;
    const double pad = 0.06 * (high - low);
    const int step = (curves->count + TICKS_MAX - 1) / TICKS_MAX;
    if (curves->logarithmic)
        fprintf(script, "set logscale x\nset xrange [%.9g:%.9g]\n", low / 1.2, high * 1.2);
    else
        fprintf(script, "set xrange [%.9g:%.9g]\n", low - pad, high + pad);
    fputs("set xtics scale 0.5 nomirror rotate by 0 (", script);
    for (int v = 0; v < curves->count; v += step) {
        fputs(v > 0 ? ", " : "", script);
        figure_text(script, labels ? swept->labels[curves->points[v].place] : "",
                    curves->numeric ? 10 : 90 / TICKS_MAX + 90 / curves->count, true);
        fprintf(script, " %.9g", curves->points[v].x);
    }
    fputs(")\n", script);
}

/* From what is there, with room for the crosses below. */
static void set_y_axis(const struct curves *curves, int panel, double *cross)
{
    FILE *script = curves->figure->script;
    double low = 0;
    double high = 0;
    for (int64_t m = 0; m < curves->sweep->member_count; m++) {
        const double value = value_of(&curves->figure->sweep->members[m], panel);
        low = isfinite(value) ? fmin(low, value) : low;
        high = isfinite(value) ? fmax(high, value) : high;
    }
    if (high <= low)
        high = low + 1;
    *cross = low - 0.08 * (high - low);
    fprintf(script,
            "set yrange [%.9g:%.9g]\nset ytics scale 0.5 nomirror %.9g,%.9g\nset ylabel '%s'\n",
            low - 0.16 * (high - low), high + 0.14 * (high - low),
            floor(low / figure_nice_step((high - low) / 4)) * figure_nice_step((high - low) / 4),
            figure_nice_step((high - low) / 4), panels[panel].title);
}

static void plot_lines(const struct curves *curves, int panel)
{
    FILE *script = curves->figure->script;
    for (int line = 0; line < curves->lines; line++) {
        char text[400];
        figure_sweep_label(curves->sweep, member_of(curves, curves->points[0].place, line),
                           curves->axis, text, sizeof text);
        fprintf(script, "$l%d using 1:%d with linespoints lw %g pt 7 ps 0.6 lc '%s' ", line,
                panel + 2, figure_line_width(line, curves->lines), colours[line]);
        if (panel == 0 && curves->lines > 1) {
            fputs("title ", script);
            figure_text(script, text, LABEL_COLUMNS, false);
        } else {
            fputs("notitle", script);
        }
        fputs(", ", script);
    }
}

static void plot_panel(const struct curves *curves, int panel)
{
    FILE *script = curves->figure->script;
    double cross = 0;
    set_y_axis(curves, panel, &cross);
    fputs("plot ", script);
    if (curves->lines <= LINES_MAX)
        plot_lines(curves, panel);
    else
        fprintf(script,
                "$all using 1:%d with points pt 7 ps 0.5 lc '" COLOUR_GREY "' %s, "
                "$mean using 1:%d with linespoints lw 1.8 pt 7 ps 0.7 lc '" COLOUR_BLUE "' %s, ",
                panel + 2, panel == 0 ? "title 'members'" : "notitle", panel + 2,
                panel == 0 ? "title 'mean'" : "notitle");
    bool lacks = false;
    for (int64_t m = 0; m < curves->sweep->member_count; m++)
        lacks = lacks || !sweep_has_results(&curves->figure->sweep->members[m]);
    fprintf(script, "$none using 1:(%.9g) with points pt 2 ps 0.8 lw 1.4 lc '#d7191c' %s\n", cross,
            panel == 0 && lacks ? "title 'no results'" : "notitle");
}

static void draw(const struct curves *curves, struct figure *figure)
{
    FILE *script = figure->script;
    const double left = 80;
    const double top = 104;
    const double height = 128;
    const double gap = 26;
    char second[256];
    figure->width = (int)left + 680 + 40;
    figure->height = (int)(top + PANELS * (height + gap) + 40);
    snprintf(second, sizeof second, "%lld members, each at its last checkpoint",
             (long long)curves->sweep->member_count);
    fputs("set multiplot\nset border 3 lw 0.8 lc '#666666'\nset tics textcolor '" COLOUR_INK "'\n"
          "set grid ytics lw 0.6 lt 1 lc '" COLOUR_PALE "'\n",
          script);
    figure_sweep_titles(figure, left, figure->width - left - 10, second);
    write_data(curves);
    fprintf(script,
            "set key at screen %.6f, screen %.6f right bottom horizontal maxcols 3 samplen 2 "
            "width 1 font ',9' textcolor '#444444'\n",
            (left + 680) / figure->width, 1 - (top - 8) / figure->height);
    for (int panel = 0; panel < PANELS; panel++) {
        const struct figure_box box = {left, top + panel * (height + gap), 680, height};
        figure_place(figure, &box);
        set_x_axis(curves, panel + 1 == PANELS);
        if (panel + 1 == PANELS) {
            fputs("set xlabel ", script);
            figure_text(script, curves->sweep->keys[curves->key].key->name, 60, false);
            fputc('\n', script);
        }
        plot_panel(curves, panel);
        fputs("unset label\n", script);
    }
    fputs("unset multiplot\n", script);
}

void figure_sweep_curves(struct figure *figure, int axis)
{
    struct curves curves = {.figure = figure, .sweep = figure->sweep->sweep, .axis = axis};
    curves.key = figure_sweep_axis_key(curves.sweep, axis);
    curves.count = curves.sweep->keys[curves.key].count;
    curves.lines = (int)(curves.sweep->member_count / curves.count);
    if (place_values(&curves))
        draw(&curves, figure);
    free(curves.points);
}
