/* across: how far each layer is at each checkpoint from its final form, and from the checkpoint
 * before; a line marks where it has come halfway for good. */
#include "figure.h"
#include "figure_names.h"
#include "palette.h"

#include <math.h>

/* [L, T] of one column of the matrices, as data block $m<column>. */
static void write_block(const struct figure *figure, int column)
{
    const struct results *results = figure->results;
    FILE *script = figure->script;
    fprintf(script, "$m%d << EOD\n", column);
    for (int i = 0; i < results->layer_count; i++)
        for (int t = 0; t < results->checkpoint_count; t++) {
            const double value = results->distance[results_cell(results, t, i, column)];
            const char end = t + 1 < results->checkpoint_count ? ' ' : '\n';
            if (isfinite(value))
                fprintf(script, "%.6g%c", value, end);
            else
                fprintf(script, "NaN%c", end);
        }
    fputs("EOD\n", script);
}

/* Which cells of a column have a mark: those that were compared and have no value, or those within
 * the noise, as data block $<kind><column>. Returns how many. */
static int write_marks(const struct figure *figure, char kind, int column)
{
    const struct results *results = figure->results;
    int count = 0;
    fprintf(figure->script, "$%c%d << EOD\n", kind, column);
    for (int i = 0; i < results->layer_count; i++)
        for (int t = 0; t < results->checkpoint_count; t++) {
            const bool compared = column == RESULTS_LAST || t > 0;
            const bool marked =
                kind == 'n'
                    ? results_within_noise(results, t, i, column)
                    : compared && !isfinite(results->distance[results_cell(results, t, i, column)]);
            if (marked)
                fprintf(figure->script, "%d %d\n", t, i);
            count += marked;
        }
    fputs("NaN NaN\nEOD\n", figure->script);
    return count;
}

/* Where each layer settles: left edges of its cells, joined. */
static void write_settled(const struct figure *figure)
{
    const struct results *results = figure->results;
    fputs("$settled << EOD\n", figure->script);
    for (int i = 0; i < results->layer_count; i++) {
        int t = 0;
        while (t + 1 < results->checkpoint_count && results->steps[t] < results->settled[i])
            t++;
        fprintf(figure->script, "%g %g\n%g %g\n", t - 0.5, i - 0.5, t - 0.5, i + 0.5);
    }
    fputs("EOD\n", figure->script);
}

/* Every checkpoint that has room at `spacing` px from one to the next. */
static void write_steps(const struct figure *figure, double spacing)
{
    const struct results *results = figure->results;
    const int step = (int)ceil(FIGURE_LINE / spacing);
    fputs("set xtics scale 0 rotate by 90 right offset 0,0.2 textcolor '" COLOUR_INK "' (",
          figure->script);
    for (int t = 0; t < results->checkpoint_count; t += step)
        fprintf(figure->script, "%s'%lld' %d", t ? ", " : "", (long long)results->steps[t], t);
    fputs(")\nset xlabel 'training step'\n", figure->script);
}

/* Which marks a panel has. */
struct marks {
    int failures, noise;
};

static void draw_panel(const struct figure *figure, const struct figure_box *box, int column,
                       const struct marks *marks)
{
    static const char *const titles[] = {[RESULTS_LAST] = "distance from the last checkpoint",
                                         [RESULTS_BEFORE] = "distance from the checkpoint before"};
    const struct results *results = figure->results;
    char block[16];
    figure_label(figure, box->left, box->top - 10, titles[column], 100, "left font ',9'");
    figure_place(figure, box);
    fprintf(figure->script, "set xrange [-0.5:%g]\nset yrange [%g:-0.5]\nplot ",
            results->checkpoint_count - 0.5, results->layer_count - 0.5);
    snprintf(block, sizeof block, "$f%d", column);
    if (marks->failures > 0)
        figure_plot_hatched(figure->script, block);
    fprintf(figure->script, "$m%d matrix with @cells notitle, ", column);
    snprintf(block, sizeof block, "$n%d", column);
    if (marks->noise > 0)
        figure_plot_dots(figure->script, block, 0.35);
    if (column == RESULTS_LAST)
        fputs("$settled with lines lw 3.4 lc '#ffffff' notitle, "
              "'' with lines lw 1.7 lc '#d7191c' notitle\n",
              figure->script);
    else
        fputs("NaN notitle\n", figure->script);
    fputs("unset label\nunset colorbox\n", figure->script);
}

static void explain(const struct marks *marks, const struct figure_names *names, char *notes,
                    size_t size)
{
    const bool noise = marks[RESULTS_LAST].noise + marks[RESULTS_BEFORE].noise > 0;
    const bool failures = marks[RESULTS_LAST].failures + marks[RESULTS_BEFORE].failures > 0;
    snprintf(notes, size, "red: from here on halfway there for good%s%s",
             noise ? "; dots: within the noise" : "", failures ? "; hatched: no value" : "");
    figure_names_explain(names, names, notes, size);
}

void figure_across(struct figure *figure, int unused)
{
    (void)unused;
    const struct results *results = figure->results;
    const struct figure sizes = {.results = results};
    const int L = results->layer_count;
    const int T = results->checkpoint_count;
    char text[800];
    struct marks marks[2];
    const double margin = 24;
    const double height = fmin(fmax(20.0 * L, 120), 600);
    const double width = fmin(fmax(34.0 * T, 320), 900);
    struct figure_names names = figure_names_new(results, "y", height / L, 10, FIGURE_NAME_COLUMNS);
    const double left = fmax(names.width + 14, margin);
    figure->width = (int)fmax(left + width + 120, 560);
    const double texts = figure->width - 2 * margin;
    const struct figure_box last = {
        left, FIGURE_HEAD + 26 + figure_titles(&sizes, margin, texts, ""), width, height};
    const struct figure_box before = {left, last.top + height + 40, width, height};
    const struct figure_box colours = {left + width + 18, last.top, 14, 2 * height + 40};
    const double below = before.top + height + 78;

    for (int column = RESULTS_LAST; column <= RESULTS_BEFORE; column++) {
        write_block(figure, column);
        marks[column].failures = write_marks(figure, 'f', column);
        marks[column].noise = write_marks(figure, 'n', column);
    }
    write_settled(figure);
    explain(marks, &names, text, sizeof text);
    figure->cells = 2LL * L * T;
    figure->height = (int)(below + figure_notes(&sizes, margin, below, texts, text) + 10);
    fputs("set multiplot\nset border 15 lw 0.6 lc '" COLOUR_GREY "'\nunset key\n", figure->script);
    figure_notes(figure, margin, below, texts, text);
    snprintf(text, sizeof text, "%d layers against themselves at %d checkpoints", L, T);
    figure_titles(figure, margin, texts, text);
    figure_place_colours(figure, &colours);
    figure_distance_scale(figure);
    figure_names_ticks(figure->script, &names, "right offset 0.6,0");
    fputs("unset xtics\n", figure->script);
    draw_panel(figure, &last, RESULTS_LAST, &marks[RESULTS_LAST]);
    write_steps(figure, width / T);
    draw_panel(figure, &before, RESULTS_BEFORE, &marks[RESULTS_BEFORE]);
    fputs("unset multiplot\n", figure->script);
    figure_names_reset(&names);
}
