#include "figures_sweep.h"

#include "drawing.h"
#include "figure_sweep.h"

#include <math.h>

/* The largest distance of all panels: one colour means the same in each. */
static double colour_scale(const struct sweep_table *table)
{
    double top = 0;
    for (int64_t m = 0; m < table->sweep->member_count; m++) {
        const struct results *results = table->members[m].last;
        int cells = results != NULL ? results->layer_count * results->layer_count : 0;
        for (int k = 0; k < cells; k++)
            if (isfinite(results->distance[k]))
                top = fmax(top, results->distance[k]);
    }
    return top > 0 ? top : 1;
}

bool figures_sweep_shows(const struct config_sweep *sweep, int64_t member)
{
    const int panels = figure_sweep_panels(sweep);
    for (int p = 0; p < panels; p++)
        if (figure_sweep_panel_member(sweep, p) == member)
            return true;
    return false;
}

static int draw_curves(struct drawing *drawing, const struct figure *of)
{
    const struct config_sweep *sweep = of->sweep->sweep;
    int status = 0;
    for (int axis = 0; axis < sweep->axis_count && !status; axis++) {
        const struct config_sweep_key *swept = &sweep->keys[figure_sweep_axis_key(sweep, axis)];
        char name[256];
        snprintf(name, sizeof name, "curves-%s", swept->key->name);
        if (swept->count > 1)
            status = drawing_draw(drawing, name, of, figure_sweep_curves, axis);
    }
    return status;
}

int figures_sweep_draw(const struct sweep_table *table, const char *directory, uint32_t formats,
                       int *written, struct fault *fault)
{
    struct drawing drawing = {.directory = directory, .formats = formats, .fault = fault};
    const struct figure of = {.sweep = table, .top = colour_scale(table)};
    int status = 0;
    if (drawing_choose_formats(&drawing)) {
        status = drawing_make_folder(&drawing);
        if (!status)
            status = drawing_draw(&drawing, "matrices", &of, figure_sweep_matrices, 0);
        if (!status)
            status = draw_curves(&drawing, &of);
    }
    *written = drawing.written;
    return status;
}
