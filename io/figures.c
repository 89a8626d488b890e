/* Which pictures there are, and how each becomes one file per format. */
#include "figures.h"

#include "figure.h"
#include "gnuplot.h"
#include "palette.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const figure_formats[] = {"png", "svg", "pdf", NULL};

enum { FORMAT_COUNT = 3, PATH_SIZE = 4096, CELL_SHAPES_MAX = 40000 };

/* What all pictures of one call share. */
struct drawing {
    const struct results *results;
    const char *directory; /* the one with figures/ in it */
    uint32_t formats;
    bool cairo; /* PNG by pngcairo, not by the plainer png */
    double top; /* end of the colour scale */
    int written;
    struct fault *fault;
};

/* Fonts are in points of 1/72 inch and pictures in pixels of 1/96 inch, so that proportions are the
 * same in all formats. PNG has twice the pixels: it is looked at on fine screens and in print. */
static void set_terminal(FILE *script, const struct drawing *drawing, int format, int width,
                         int height)
{
    const char *looks = "font 'sans-serif,10' noenhanced background rgb 'white'";
    switch (1 << format) {
    case FIGURE_PNG:
        if (drawing->cairo)
            fprintf(script,
                    "set terminal pngcairo size %d,%d fontscale 2 linewidth 2 "
                    "pointscale 2 %s\n",
                    2 * width, 2 * height, looks);
        else
            fprintf(script, "set terminal png size %d,%d noenhanced\n", width, height);
        break;
    case FIGURE_SVG:
        fprintf(script, "set terminal svg size %d,%d fontscale 1.333 %s\n", width, height, looks);
        break;
    default:
        fprintf(script,
                "set terminal pdfcairo size %.4fin,%.4fin fontscale 0.75 linewidth 1.3 %s\n",
                width / 96.0, height / 96.0, looks);
    }
}

/* Viewers of SVG blur an image of few pixels, so there each cell is a shape, unless the file would
 * grow to many megabytes. */
static void set_cells(FILE *script, int format, int64_t cells)
{
    bool shapes = 1 << format == FIGURE_SVG && cells <= CELL_SHAPES_MAX;
    fprintf(script, "cells = '%s'\n", shapes ? "image pixels" : "image");
}

/* The output file in single quotes, where only the quote itself is special. */
static void set_output(FILE *script, const char *path)
{
    fputs("set output '", script);
    for (const char *c = path; *c; c++)
        fprintf(script, *c == '\'' ? "''" : "%c", *c);
    fputs("'\n", script);
}

struct paths {
    char final[FORMAT_COUNT][PATH_SIZE];
    char temporary[FORMAT_COUNT][PATH_SIZE];
};

static void name_files(const struct drawing *drawing, const char *name, struct paths *paths)
{
    for (int k = 0; k < FORMAT_COUNT; k++) {
        snprintf(paths->final[k], PATH_SIZE, "%s/figures/%s.%s", drawing->directory, name,
                 figure_formats[k]);
        snprintf(paths->temporary[k], PATH_SIZE, "%s/figures/.%s.%ld.%s.tmp", drawing->directory,
                 name, (long)getpid(), figure_formats[k]);
    }
}

/* The whole script: the picture once for each format. NULL if memory is short. */
static char *write_script(const struct drawing *drawing, const struct figure *figure,
                          const char *body, const struct paths *paths)
{
    char *text = NULL;
    size_t size = 0;
    FILE *script = open_memstream(&text, &size);
    if (!script)
        return NULL;
    fputs("set encoding utf8\n", script);
    for (int k = 0; k < FORMAT_COUNT; k++) {
        if (!(drawing->formats & 1U << k))
            continue;
        set_terminal(script, drawing, k, figure->width, figure->height);
        set_output(script, paths->temporary[k]);
        set_cells(script, k, figure->cells);
        fputs(body, script);
        fputs("unset output\nreset\n", script);
    }
    if (fclose(script) != 0) {
        free(text);
        text = NULL;
    }
    return text;
}

/* Moves what gnuplot wrote to where it belongs; no empty file gets through. */
static int publish(struct drawing *drawing, const struct paths *paths)
{
    struct stat found;
    for (int k = 0; k < FORMAT_COUNT; k++) {
        if (!(drawing->formats & 1U << k))
            continue;
        errno = EIO;
        if (stat(paths->temporary[k], &found) != 0 || found.st_size == 0 ||
            rename(paths->temporary[k], paths->final[k]) != 0)
            return fault_set(drawing->fault, EXIT_SYSTEM, "%s: cannot write: %s", paths->final[k],
                             strerror(errno));
        drawing->written++;
    }
    return 0;
}

static void remove_leftovers(const struct drawing *drawing, const struct paths *paths)
{
    for (int k = 0; k < FORMAT_COUNT; k++)
        if (drawing->formats & 1U << k)
            unlink(paths->temporary[k]);
}

/* Runs gnuplot on a described picture. */
static int render(struct drawing *drawing, const struct figure *figure, const char *body,
                  const char *name)
{
    char message[1024];
    struct paths paths;
    name_files(drawing, name, &paths);
    char *script = write_script(drawing, figure, body, &paths);
    if (!script)
        return fault_set(drawing->fault, EXIT_SYSTEM, "%s: cannot draw: memory is short", name);
    int status = 0;
    if (gnuplot_run(script, message, sizeof message) == GNUPLOT_DONE)
        status = publish(drawing, &paths);
    else
        status = fault_set(drawing->fault, EXIT_SYSTEM, "%s/figures/%s: gnuplot failed: %s",
                           drawing->directory, name, message);
    if (status)
        remove_leftovers(drawing, &paths);
    free(script);
    return status;
}

/* Draws one picture; checkpoint is for those of one checkpoint. */
static int draw(struct drawing *drawing, const char *name, void (*describe)(struct figure *, int),
                int checkpoint)
{
    int status = 0;
    char *body = NULL;
    size_t size = 0;
    struct figure figure = {drawing->results, drawing->top, open_memstream(&body, &size), 0, 0, 0};
    if (!figure.script)
        return fault_set(drawing->fault, EXIT_SYSTEM, "%s: cannot draw: memory is short", name);
    describe(&figure, checkpoint);
    if (fclose(figure.script) != 0)
        status = fault_set(drawing->fault, EXIT_SYSTEM, "%s: cannot draw: memory is short", name);
    else
        status = render(drawing, &figure, body, name);
    free(body);
    return status;
}

/* The largest distance of all checkpoints: one colour means the same in every picture. */
static double colour_scale(const struct results *results)
{
    double top = 0;
    int64_t cells =
        (int64_t)results->checkpoint_count * results->layer_count * results->layer_count;
    for (int64_t k = 0; k < cells; k++)
        if (isfinite(results->distance[k]))
            top = fmax(top, results->distance[k]);
    return top > 0 ? top : 1;
}

/* Leaves out the formats that this gnuplot cannot write; false if there is nothing to do. */
static bool choose_formats(struct drawing *drawing)
{
    struct gnuplot_terminals terminals;
    enum gnuplot_outcome outcome = gnuplot_terminals(&terminals);
    if (outcome != GNUPLOT_DONE) {
        fprintf(stderr, "strata: warning: no figures: gnuplot %s\n",
                outcome == GNUPLOT_MISSING ? "is not on PATH" : "does not run");
        return false;
    }
    const bool known[FORMAT_COUNT] = {terminals.pngcairo || terminals.png, terminals.svg,
                                      terminals.pdfcairo};
    drawing->cairo = terminals.pngcairo;
    for (int k = 0; k < FORMAT_COUNT; k++)
        if (drawing->formats & 1U << k && !known[k]) {
            fprintf(stderr, "strata: warning: no %s figures: this gnuplot cannot write them\n",
                    figure_formats[k]);
            drawing->formats &= ~(1U << k);
        }
    return drawing->formats != 0;
}

static int make_folder(const struct drawing *drawing)
{
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof path, "%s/figures", drawing->directory);
    if (length >= PATH_SIZE - 64)
        return fault_set(drawing->fault, EXIT_SYSTEM, "%.200s…: the path is too long",
                         drawing->directory);
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return fault_set(drawing->fault, EXIT_SYSTEM, "%s: cannot make the folder: %s", path,
                         strerror(errno));
    return 0;
}

static int draw_all(struct drawing *drawing)
{
    int status = make_folder(drawing);
    for (int t = 0; !status && t < drawing->results->checkpoint_count; t++) {
        char name[40];
        snprintf(name, sizeof name, "gw-%lld", (long long)drawing->results->steps[t]);
        status = draw(drawing, name, figure_matrix, t);
    }
    if (!status)
        status = draw(drawing, "overview", figure_overview, 0);
    if (!status)
        status = draw(drawing, "series", figure_series, 0);
    return status;
}

int figures_draw(const struct results *results, const char *directory, uint32_t formats,
                 int *written, struct fault *fault)
{
    struct drawing drawing = {.results = results,
                              .directory = directory,
                              .formats = formats & (FIGURE_PNG | FIGURE_SVG | FIGURE_PDF),
                              .fault = fault};
    int status = 0;
    if (results->layer_count < 2)
        fputs("strata: warning: no figures: one layer has no pairs\n", stderr);
    else if (drawing.formats && choose_formats(&drawing)) {
        drawing.top = colour_scale(results);
        status = draw_all(&drawing);
    }
    *written = drawing.written;
    return status;
}
