/* gw-<step>: the matrix of GW distances of one checkpoint, layers by name, groups outlined. */
#include "figure.h"
#include "figure_names.h"
#include "figure_text.h"
#include "palette.h"

#include <math.h>
#include <string.h>

/* "step 1200  ·  accuracy 0.913  ·  3 groups"; "step 1200  ·  against step 900" */
static void subtitle(const struct figure *figure, int checkpoint, char *text, size_t size)
{
    const struct results *results = figure->results;
    int scalar = 0;
    char groups[32];
    int used = snprintf(text, size, "step %lld", (long long)results->steps[checkpoint]);
    if (figure_scalars_like(results, "acc", &scalar, 1) > 0 &&
        isfinite(figure_scalar(results, checkpoint, scalar)))
        used += snprintf(text + used, size - (size_t)used, "  ·  %.40s %.3g",
                         results->scalars[scalar], figure_scalar(results, checkpoint, scalar));
    figure_groups(results, checkpoint, groups, sizeof groups);
    if (results->comparison == RESULTS_AGAINST)
        snprintf(text + used, size - (size_t)used, "  ·  against step %lld",
                 (long long)results->other_steps[checkpoint]);
    else
        snprintf(text + used, size - (size_t)used, "  ·  %s", groups);
}

/* Against another network: which one an axis belongs to. */
static void axis_title(const struct figure *figure, const char *axis, const char *setting,
                       double length)
{
    char text[400] = "layers of ";
    const size_t used = strlen(text);
    if (figure->results->comparison != RESULTS_AGAINST)
        return;
    results_setting(figure->results, setting, text + used, sizeof text - used);
    fprintf(figure->script, "set %slabel ", axis);
    figure_text(figure->script, text, (int)(length / FIGURE_COLUMN), false);
    fputs("\n", figure->script);
}

void figure_matrix(struct figure *figure, int checkpoint)
{
    const struct results *results = figure->results;
    char second[200];
    char notes[1200];
    const double left = 24;
    const double cell = figure_cell(results, 420, 960);
    const double side = cell * results->column_count;
    const double height = cell * results->layer_count;
    const double title = results->comparison == RESULTS_AGAINST ? 30 : 0; /* of an axis */
    struct figure_names rows = figure_names_new(results, "y", cell, 10, FIGURE_NAME_COLUMNS);
    struct figure_names columns = figure_names_new(results, "x", cell, 10, FIGURE_NAME_COLUMNS);
    const struct figure sizes = {.results = results};
    const double map_left = ceil(fmax(rows.width + 14 + title, left));
    const double width = map_left + side + 120 - 2 * left; /* of texts */
    const double map_top = FIGURE_HEAD + figure_titles(&sizes, left, width, "");
    const struct figure_box box = {map_left, map_top, side, height};
    const struct figure_box colours = {box.left + side + 18, box.top, 14, fmax(height, 200)};
    const double below = box.top + fmax(height + columns.width + 24 + title, 200);

    figure_explain(results, checkpoint, checkpoint, notes, sizeof notes);
    figure_names_explain(&rows, &columns, notes, sizeof notes);
    figure->cells = (int64_t)results->layer_count * results->column_count;
    figure->width = (int)(box.left + side + 120);
    figure->height = (int)(below + figure_notes(&sizes, left, below, width, notes) + 10);
    subtitle(figure, checkpoint, second, sizeof second);
    figure_titles(figure, left, width, second);
    figure_notes(figure, left, below, width, notes);
    figure_place(figure, &box);
    figure_place_colours(figure, &colours);
    figure_distance_scale(figure);
    figure_matrix_data(figure, checkpoint);
    fputs("set border 15 lw 0.6 lc '" COLOUR_GREY "'\nunset key\n", figure->script);
    figure_names_ticks(figure->script, &columns, "rotate by 90 right offset 0,0.2");
    figure_names_ticks(figure->script, &rows, "right offset 0.6,0");
    axis_title(figure, "y", "activations", height);
    axis_title(figure, "x", "against", side);
    figure_matrix_plot(figure, checkpoint, 1.0);
    figure_names_reset(&rows);
    figure_names_reset(&columns);
}
