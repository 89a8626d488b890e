/* across: how far each layer is at each checkpoint from its final form, and from the checkpoint
 * before; a line marks where it has come halfway for good. */
#include "figure.h"

#include "palette.h"

#include <math.h>

/* [L, T] of one column of the matrices, as data block $<name>. */
static void write_block(const struct figure *figure, const char *name, int column)
{
    const struct results *results = figure->results;
    FILE *script = figure->script;
    fprintf(script, "$%s << EOD\n", name);
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

static void write_steps(const struct figure *figure, int step)
{
    const struct results *results = figure->results;
    fputs("set xtics scale 0 rotate by 90 right offset 0,0.2 textcolor '" COLOUR_INK "' (",
          figure->script);
    for (int t = 0; t < results->checkpoint_count; t += step)
        fprintf(figure->script, "%s'%lld' %d", t ? ", " : "", (long long)results->steps[t], t);
    fputs(")\nset xlabel 'training step'\n", figure->script);
}

static void draw_panel(const struct figure *figure, const struct figure_box *box, const char *title,
                       const char *plot)
{
    const struct results *results = figure->results;
    figure_label(figure, box->left, box->top - 10, title, 100, "left font ',9'");
    figure_place(figure, box);
    fprintf(figure->script, "set xrange [-0.5:%g]\nset yrange [%g:-0.5]\nplot %s\n",
            results->checkpoint_count - 0.5, results->layer_count - 0.5, plot);
    fputs("unset label\nunset colorbox\n", figure->script);
}

void figure_across(struct figure *figure, int unused)
{
    (void)unused;
    const struct results *results = figure->results;
    const int L = results->layer_count;
    const int T = results->checkpoint_count;
    char second[160];
    const double height = fmin(fmax(20.0 * L, 120), 600);
    const double width = fmin(fmax(34.0 * T, 320), 900);
    const int step = figure_name_step(height / L);
    const int every = figure_name_step(width / T);
    const double left = fmax(figure_names_width(results, "y", step) + 14, 24);
    const struct figure_box last = {left, 92, width, height};
    const struct figure_box before = {left, last.top + height + 40, width, height};
    const struct figure_box colours = {left + width + 18, last.top, 14, 2 * height + 40};

    figure->cells = 2LL * L * T;
    figure->width = (int)fmax(left + width + 120, 560);
    figure->height = (int)(before.top + height + 90);
    snprintf(second, sizeof second, "%d layers against themselves at %d checkpoints", L, T);
    fputs("set multiplot\nset border 15 lw 0.6 lc '" COLOUR_GREY "'\nunset key\n", figure->script);
    write_block(figure, "last", RESULTS_LAST);
    write_block(figure, "before", RESULTS_BEFORE);
    write_settled(figure);
    figure_titles(figure, left, figure->width - left - 24, second);
    figure_place_colours(figure, &colours);
    figure_distance_scale(figure);
    figure_name_ticks(figure, "y", step, "right offset 0.6,0");
    fputs("unset xtics\n", figure->script);
    draw_panel(figure, &last, "distance from the last checkpoint; red: halfway there for good",
               "$last matrix with @cells notitle, $settled with lines lw 3.4 lc '#ffffff' notitle, "
               "'' with lines lw 1.7 lc '#d7191c' notitle");
    write_steps(figure, every);
    draw_panel(figure, &before, "distance from the checkpoint before",
               "$before matrix with @cells notitle");
    fputs("unset multiplot\n", figure->script);
}
