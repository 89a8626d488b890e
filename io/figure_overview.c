/* overview: the matrices of all checkpoints side by side on one colour scale, in order of steps. */
#include "figure.h"

#include "palette.h"

#include <math.h>

enum { PANELS_MAX = 24 };

struct grid {
    int count, columns, rows;
    double width, height; /* of a panel, px */
};

static struct grid layout(const struct results *results)
{
    struct grid grid = {results->checkpoint_count, 1, 1, 0, 0};
    if (grid.count > PANELS_MAX)
        grid.count = PANELS_MAX;
    grid.columns = figure_columns(grid.count);
    grid.rows = (grid.count + grid.columns - 1) / grid.columns;
    double room = fmin(fmax(960.0 / grid.columns, 170), 400);
    const double cell = figure_cell(results, 0.85 * room, room);
    grid.width = cell * results->column_count;
    grid.height = cell * results->layer_count;
    return grid;
}

/* The checkpoint of a panel: evenly chosen, first and last always there. */
static int panel_checkpoint(const struct results *results, const struct grid *grid, int panel)
{
    if (grid->count < 2)
        return 0;
    return (int)lround((double)panel * (results->checkpoint_count - 1) / (grid->count - 1));
}

static void draw_panel(const struct figure *figure, int checkpoint, const struct figure_box *box)
{
    char text[80];
    int groups = figure->results->segment_count[checkpoint];
    snprintf(text, sizeof text, "step %lld", (long long)figure->results->steps[checkpoint]);
    figure_label(figure, box->left, box->top - 10, text, 40, "left font ',9'");
    if (figure->results->comparison == RESULTS_AGAINST)
        snprintf(text, sizeof text, "against %lld",
                 (long long)figure->results->other_steps[checkpoint]);
    else
        snprintf(text, sizeof text, "%d group%s", groups, groups == 1 ? "" : "s");
    figure_label(figure, box->left + box->width, box->top - 10, text, 40,
                 "right font ',9' textcolor '#666666'");
    figure_place(figure, box);
    figure_matrix_data(figure, checkpoint);
    figure_matrix_plot(figure, checkpoint, 0.8);
    fputs("unset label\nunset colorbox\n", figure->script);
}

void figure_overview(struct figure *figure, int unused)
{
    (void)unused;
    const struct results *results = figure->results;
    struct grid grid = layout(results);
    char second[160];
    const double left = 24;
    const double top = 92;
    const double gap = 16;
    const double line = 28; /* the panel's own title */
    double width = grid.columns * (grid.width + gap) - gap;
    double height = grid.rows * (grid.height + line) - line;
    const struct figure_box colours = {left + width + 18, top, 14, fmax(height, 200)};

    figure->cells = (int64_t)grid.count * results->layer_count * results->column_count;
    figure->width = (int)fmax(left + width + 120, 560);
    figure->height = (int)(top + fmax(height, 200) + 24);
    int used = grid.count < results->checkpoint_count
                   ? snprintf(second, sizeof second, "%d of ", grid.count)
                   : 0;
    snprintf(second + used, sizeof second - (size_t)used,
             "%d checkpoint%s  ·  %d layers, first at top left", results->checkpoint_count,
             results->checkpoint_count == 1 ? "" : "s", results->layer_count);
    fputs("set multiplot\nset border 15 lw 0.6 lc '" COLOUR_GREY "'\nunset key\nunset tics\n",
          figure->script);
    figure_titles(figure, left, figure->width - 2 * left, second);
    figure_place_colours(figure, &colours);
    figure_distance_scale(figure);
    for (int panel = 0; panel < grid.count; panel++) {
        int row = panel / grid.columns;
        int column = panel % grid.columns;
        const struct figure_box box = {left + column * (grid.width + gap),
                                       top + row * (grid.height + line), grid.width, grid.height};
        draw_panel(figure, panel_checkpoint(results, &grid, panel), &box);
    }
    fputs("unset multiplot\n", figure->script);
}
