/* Which pictures of a run there are. */
#include "figures.h"

#include "drawing.h"

#include <math.h>

/* The largest distance of all checkpoints: one colour means the same in every picture. */
static double colour_scale(const struct results *results)
{
    double top = 0;
    int64_t cells =
        (int64_t)results->checkpoint_count * results->layer_count * results->column_count;
    for (int64_t k = 0; k < cells; k++)
        if (isfinite(results->distance[k]))
            top = fmax(top, results->distance[k]);
    return top > 0 ? top : 1;
}

static int draw_all(struct drawing *drawing, const struct results *results)
{
    const struct figure of = {.results = results, .top = colour_scale(results)};
    int status = drawing_make_folder(drawing);
    if (!status && results->comparison == RESULTS_ACROSS)
        return drawing_draw(drawing, "across", &of, figure_across, 0);
    for (int t = 0; !status && t < results->checkpoint_count; t++) {
        char name[40];
        snprintf(name, sizeof name, "gw-%lld", (long long)results->steps[t]);
        status = drawing_draw(drawing, name, &of, figure_matrix, t);
    }
    if (!status)
        status = drawing_draw(drawing, "overview", &of, figure_overview, 0);
    if (!status && results->comparison == RESULTS_WITHIN)
        status = drawing_draw(drawing, "series", &of, figure_series, 0);
    return status;
}

int figures_draw(const struct results *results, const char *directory, uint32_t formats,
                 int *written, struct fault *fault)
{
    struct drawing drawing = {.directory = directory, .formats = formats, .fault = fault};
    int status = 0;
    if (results->comparison == RESULTS_WITHIN && results->layer_count < 2)
        fputs("strata: warning: no figures: one layer has no pairs\n", stderr);
    else if (drawing_choose_formats(&drawing))
        status = draw_all(&drawing, results);
    *written = drawing.written;
    return status;
}
