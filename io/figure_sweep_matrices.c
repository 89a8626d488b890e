/* matrices: the last matrix of each member of a sweep, side by side on one colour scale. */
#include "figure_sweep.h"

#include "palette.h"

#include <math.h>
#include <string.h>

enum { COLUMNS_MAX = 8 };

struct grid {
    int count, columns, rows;
    double side; /* of a panel, px */
};

/* A row for each combination of the outer axes, where that fits. */
static int choose_columns(const struct config_sweep *sweep, int panels)
{
    const int last = sweep->keys[sweep->key_count - 1].count;
    const bool whole = panels == sweep->member_count && sweep->axis_count > 1;
    return whole && last > 1 && last <= COLUMNS_MAX ? last : figure_columns(panels);
}

/* Cells of whole pixels for the first member that has any; those with other layers get the same
 * side. */
static struct grid layout(const struct sweep_table *table)
{
    struct grid grid = {.count = figure_sweep_panels(table->sweep)};
    grid.columns = choose_columns(table->sweep, grid.count);
    grid.rows = (grid.count + grid.columns - 1) / grid.columns;
    const double room = fmin(fmax(960.0 / grid.columns, 170), 400);
    grid.side = floor(room);
    for (int64_t m = table->sweep->member_count - 1; m >= 0; m--)
        if (table->members[m].last != NULL)
            grid.side = figure_cell(table->members[m].last, 0.85 * room, room) *
                        table->members[m].last->layer_count;
    return grid;
}

/* Something that tells by what distances are divided; where that varies, nothing does. */
static const struct results *scale_of(const struct sweep_table *table)
{
    static const struct results none;
    const struct results *found = &none;
    for (int k = 0; k < table->sweep->key_count; k++)
        if (strcmp(table->sweep->keys[k].key->name, "metric.normalize") == 0)
            return &none;
    for (int64_t m = table->sweep->member_count - 1; m >= 0; m--)
        if (table->members[m].last != NULL)
            found = table->members[m].last;
    return found;
}

/* Hatched, with the state in words. */
static void draw_empty(const struct figure *figure, const struct sweep_member *member,
                       const struct figure_box *box)
{
    figure_label(figure, box->left + box->width / 2, box->top + box->height / 2,
                 sweep_state_names[member->state], 30, "center front font ',11'");
    fputs("$none << EOD\n0 0\nEOD\nset xrange [-0.5:0.5]\nset yrange [-0.5:0.5]\n"
          "plot $none using 1:2:(0.5):(0.5) with boxxyerror fs solid fc '" COLOUR_PALE
          "' notitle, '' using 1:2:(0.5):(0.5) with boxxyerror fs transparent pattern 4 noborder "
          "fc '" COLOUR_GREY "' notitle\n",
          figure->script);
}

static void draw_panel(struct figure *figure, int64_t m, const struct figure_box *box)
{
    const struct sweep_member *member = &figure->sweep->members[m];
    char text[400];
    figure_sweep_label(figure->sweep->sweep, m, -1, text, sizeof text);
    figure_label(figure, box->left, box->top - 10, text, (int)((box->width - 60) / 6.4),
                 "left font ',9'");
    figure_place(figure, box);
    if (member->last == NULL) {
        draw_empty(figure, member, box);
    } else {
        struct figure one = *figure;
        one.results = member->last;
        figure->cells += (int64_t)one.results->layer_count * one.results->layer_count;
        figure_groups(one.results, 0, text, sizeof text);
        figure_label(figure, box->left + box->width, box->top - 10, text, 40,
                     "right font ',9' textcolor '#666666'");
        figure_matrix_data(&one, 0);
        figure_matrix_plot(&one, 0, 0.8);
    }
    fputs("unset label\nunset colorbox\n", figure->script);
}

void figure_sweep_matrices(struct figure *figure, int unused)
{
    (void)unused;
    const struct sweep_table *table = figure->sweep;
    const struct grid grid = layout(table);
    char second[160];
    const double left = 24;
    const double top = 92;
    const double gap = 16;
    const double line = 28; /* the panel's own title */
    const double width = grid.columns * (grid.side + gap) - gap;
    const double height = grid.rows * (grid.side + line) - line;
    const struct figure_box colours = {left + width + 18, top, 14, fmax(height, 200)};

    figure->width = (int)fmax(left + width + 120, 560);
    figure->height = (int)(top + fmax(height, 200) + 24);
    int used = grid.count < table->sweep->member_count
                   ? snprintf(second, sizeof second, "%d of ", grid.count)
                   : 0;
    snprintf(second + used, sizeof second - (size_t)used,
             "%lld members, each at its last checkpoint  ·  one colour scale  ·  hatched: no value",
             (long long)table->sweep->member_count);
    fputs("set multiplot\nset border 15 lw 0.6 lc '" COLOUR_GREY "'\nunset key\nunset tics\n",
          figure->script);
    figure_sweep_titles(figure, left, figure->width - 2 * left, second);
    struct figure scale = *figure;
    scale.results = scale_of(table);
    figure_place_colours(figure, &colours);
    figure_distance_scale(&scale);
    for (int panel = 0; panel < grid.count; panel++) {
        const int row = panel / grid.columns;
        const int column = panel % grid.columns;
        const struct figure_box box = {left + column * (grid.side + gap),
                                       top + row * (grid.side + line), grid.side, grid.side};
        draw_panel(figure, figure_sweep_panel_member(table->sweep, panel), &box);
    }
    fputs("unset multiplot\n", figure->script);
}
