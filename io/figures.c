/* Which pictures of a run there are. */
#include "figures.h"

#include "drawing.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* gw-<step> */
struct name {
    char text[40];
};

static struct name name_of_step(int64_t step)
{
    struct name name;
    snprintf(name.text, sizeof name.text, "gw-%lld", (long long)step);
    return name;
}

static int draw_all(struct drawing *drawing, const struct results *results)
{
    const struct figure of = {.results = results, .top = colour_scale(results)};
    int status = drawing_make_folder(drawing);
    if (!status && results->comparison == RESULTS_ACROSS)
        return drawing_draw(drawing, "across", &of, figure_across, 0);
    for (int t = 0; !status && t < results->checkpoint_count; t++) {
        status = drawing_draw(drawing, name_of_step(results->steps[t]).text, &of, figure_matrix, t);
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

/* --- Pictures of earlier runs ---------------------------------------------------------------- */

/* The stem of a picture that some run draws in some format; false: the file is none. */
static bool is_picture(const char *file, struct name *stem, uint32_t *format)
{
    const char *dot = strrchr(file, '.');
    const size_t length = dot ? (size_t)(dot - file) : 0;
    *format = 0;
    for (int k = 0; dot && figure_formats[k]; k++)
        if (strcmp(dot + 1, figure_formats[k]) == 0)
            *format = 1U << k;
    if (*format == 0 || length >= sizeof stem->text)
        return false;
    snprintf(stem->text, sizeof stem->text, "%.*s", (int)length, file);
    if (strncmp(stem->text, "gw-", 3) == 0)
        return strcmp(name_of_step(strtoll(stem->text + 3, NULL, 10)).text, stem->text) == 0;
    return strcmp(stem->text, "overview") == 0 || strcmp(stem->text, "series") == 0 ||
           strcmp(stem->text, "across") == 0;
}

/* Whether these results have that picture, as draw_all. */
static bool has_picture(const struct results *results, const char *stem)
{
    if (results->comparison == RESULTS_ACROSS)
        return strcmp(stem, "across") == 0;
    if (strcmp(stem, "series") == 0)
        return results->comparison == RESULTS_WITHIN;
    for (int t = 0; t < results->checkpoint_count; t++)
        if (strcmp(name_of_step(results->steps[t]).text, stem) == 0)
            return true;
    return strcmp(stem, "overview") == 0;
}

void figures_prune(const struct results *results, const char *directory, uint32_t formats)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/figures", directory);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct name stem;
        uint32_t format = 0;
        if (is_picture(entry->d_name, &stem, &format) &&
            !(formats & format && has_picture(results, stem.text)))
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}
