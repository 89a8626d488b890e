/* gw-<step>: the matrix of GW distances of one checkpoint, layers by name, groups outlined. */
#include "figure.h"

#include "palette.h"

#include <math.h>

/* "step 1200  ·  accuracy 0.913  ·  3 groups"; "step 1200  ·  against step 900" */
static void subtitle(const struct figure *figure, int checkpoint, char *text, size_t size)
{
    const struct results *results = figure->results;
    int scalar = 0;
    int used = snprintf(text, size, "step %lld", (long long)results->steps[checkpoint]);
    if (figure_scalars_like(results, "acc", &scalar, 1) > 0 &&
        isfinite(figure_scalar(results, checkpoint, scalar)))
        used += snprintf(text + used, size - (size_t)used, "  ·  %.40s %.3g",
                         results->scalars[scalar], figure_scalar(results, checkpoint, scalar));
    int groups = results->segment_count[checkpoint];
    if (results->comparison == RESULTS_AGAINST)
        snprintf(text + used, size - (size_t)used, "  ·  against step %lld",
                 (long long)results->other_steps[checkpoint]);
    else
        snprintf(text + used, size - (size_t)used, "  ·  %d group%s", groups,
                 groups == 1 ? "" : "s");
}

void figure_matrix(struct figure *figure, int checkpoint)
{
    const struct results *results = figure->results;
    char second[200];
    const double cell = figure_cell(results, 420, 960);
    const double side = cell * results->column_count;
    const double height = cell * results->layer_count;
    int step = figure_name_step(cell);
    double names = figure_names_width(results, "y", step) + 14;
    double below = figure_names_width(results, "x", step) + 14;
    const bool failures = figure_has_failures(results, checkpoint);
    const bool noise = figure_has_noise(results, checkpoint);
    const struct figure_box box = {ceil(fmax(names, 24)), 66, side, height};
    const struct figure_box colours = {box.left + side + 18, box.top, 14, fmax(height, 200)};

    figure->cells = (int64_t)results->layer_count * results->column_count;
    figure->width = (int)(box.left + side + 120);
    figure->height = (int)(box.top + fmax(height + below, 200) + (failures || noise ? 40 : 14));
    subtitle(figure, checkpoint, second, sizeof second);
    figure_titles(figure, box.left, side + 100, second);
    if (failures || noise)
        figure_label(figure, box.left + side, figure->height - 16.0,
                     !noise     ? "hatched: no value, the pair could not be solved"
                     : failures ? "dots: within the noise; hatched: no value"
                                : "dots: within the noise, these layers cannot be told apart",
                     80, "right font ',9' textcolor '#666666'");
    figure_place(figure, &box);
    figure_place_colours(figure, &colours);
    figure_distance_scale(figure);
    figure_matrix_data(figure, checkpoint);
    fputs("set border 15 lw 0.6 lc '" COLOUR_GREY "'\nunset key\n", figure->script);
    figure_name_ticks(figure, "x", step, "rotate by 90 right offset 0,0.2");
    figure_name_ticks(figure, "y", step, "right offset 0.6,0");
    figure_matrix_plot(figure, checkpoint, 1.0);
}
