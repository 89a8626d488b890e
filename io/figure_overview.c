/* overview: the matrices of all checkpoints side by side on one colour scale, in order of steps. */
#include "figure.h"
#include "figure_names.h"
#include "palette.h"
#include "text.h"

#include <math.h>

enum { PANELS_MAX = 24, NAME_COLUMNS = 20 };

struct grid {
    int count, columns, rows;
    double width, height, cell; /* of a panel, px */
};

static struct grid layout(const struct results *results)
{
    struct grid grid = {results->checkpoint_count, 1, 1, 0, 0, 0};
    if (grid.count > PANELS_MAX)
        grid.count = PANELS_MAX;
    grid.columns = figure_columns(grid.count);
    grid.rows = (grid.count + grid.columns - 1) / grid.columns;
    double room = fmin(fmax(960.0 / grid.columns, 170), 400);
    grid.cell = figure_cell(results, 0.85 * room, room);
    grid.width = grid.cell * results->column_count;
    grid.height = grid.cell * results->layer_count;
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
    snprintf(text, sizeof text, "step %lld", (long long)figure->results->steps[checkpoint]);
    figure_label(figure, box->left, box->top - 10, text, 40, "left font ',9'");
    if (figure->results->comparison == RESULTS_AGAINST)
        snprintf(text, sizeof text, "against %lld",
                 (long long)figure->results->other_steps[checkpoint]);
    else
        figure_groups(figure->results, checkpoint, text, sizeof text);
    figure_label(figure, box->left + box->width, box->top - 10, text, 40,
                 "right font ',9' textcolor '#666666'");
    figure_place(figure, box);
    figure_matrix_data(figure, checkpoint);
    figure_matrix_plot(figure, checkpoint, 0.8);
    fputs("unset label\nunset colorbox\n", figure->script);
}

/* "13 checkpoints  ·  15 layers"; "8 layers of a/x.h5 (rows) against 9 of b/x.h5 (columns)" */
static void subtitle(const struct results *results, int shown, char *text, size_t size)
{
    char row[160];
    char column[160];
    const int all = results->checkpoint_count;
    int used = shown < all ? snprintf(text, size, "%d of ", shown) : 0;
    used += snprintf(text + used, size - (size_t)used, "%d checkpoint%s  ·  %d layers", all,
                     plural(all), results->layer_count);
    if (results->comparison != RESULTS_AGAINST)
        return;
    results_setting(results, "activations", row, sizeof row);
    results_setting(results, "against", column, sizeof column);
    snprintf(text + used, size - (size_t)used, " of %s (rows) against %d of %s (columns)", row,
             results->column_count, column);
}

/* Names stand at the left of each row, and, where the columns are other layers, below each column.
 */
static void draw_grid(const struct figure *figure, const struct grid *grid,
                      const struct figure_box *first, double right, double down,
                      const struct figure_names *rows, const struct figure_names *columns)
{
    for (int panel = 0; panel < grid->count; panel++) {
        const int row = panel / grid->columns;
        const int column = panel % grid->columns;
        const struct figure_box box = {first->left + column * right, first->top + row * down,
                                       grid->width, grid->height};
        fputs("unset xtics\nunset ytics\n", figure->script);
        if (column == 0)
            figure_names_ticks(figure->script, rows, "right offset 0.6,0");
        if (columns->count > 0 && panel + grid->columns >= grid->count)
            figure_names_ticks(figure->script, columns, "rotate by 90 right offset 0,0.2");
        draw_panel(figure, panel_checkpoint(figure->results, grid, panel), &box);
    }
}

void figure_overview(struct figure *figure, int unused)
{
    (void)unused;
    const struct results *results = figure->results;
    const struct grid grid = layout(results);
    char second[480];
    char notes[1200];
    const double left = 24;
    const double gap = 16;
    const double line = 28; /* the panel's own title */
    struct figure_names rows = figure_names_new(results, "y", grid.cell, 8, NAME_COLUMNS);
    struct figure_names columns = {.axis = "x"};
    if (results->comparison == RESULTS_AGAINST)
        columns = figure_names_new(results, "x", grid.cell, 8, NAME_COLUMNS);
    const struct figure sizes = {.results = results};
    const double map_left = ceil(rows.width + 14 + left / 2);
    const double width = grid.columns * (grid.width + gap) - gap;
    const double height = grid.rows * (grid.height + line) - line;
    figure->width = (int)fmax(map_left + width + 120, 560);
    const double top = FIGURE_HEAD + 26 + figure_titles(&sizes, left, figure->width - 2 * left, "");
    const struct figure_box first = {map_left, top, grid.width, grid.height};
    const struct figure_box colours = {map_left + width + 18, top, 14, fmax(height, 200)};
    const double below = top + fmax(height + columns.width, 200) + 18;

    figure_explain(results, 0, results->checkpoint_count - 1, notes, sizeof notes);
    figure_names_explain(&rows, columns.count > 0 ? &columns : &rows, notes, sizeof notes);
    figure->cells = (int64_t)grid.count * results->layer_count * results->column_count;
    figure->height =
        (int)(below + figure_notes(&sizes, left, below, figure->width - 2 * left, notes) + 10);
    subtitle(results, grid.count, second, sizeof second);
    fputs("set multiplot\nset border 15 lw 0.6 lc '" COLOUR_GREY "'\nunset key\n", figure->script);
    figure_titles(figure, left, figure->width - 2 * left, second);
    figure_notes(figure, left, below, figure->width - 2 * left, notes);
    figure_place_colours(figure, &colours);
    figure_distance_scale(figure);
    draw_grid(figure, &grid, &first, grid.width + gap, grid.height + line, &rows, &columns);
    fputs("unset multiplot\n", figure->script);
    figure_names_reset(&rows);
    figure_names_reset(&columns);
}
