#define _GNU_SOURCE /* memmem */
/* How a described picture becomes one file per format. */
#include "drawing.h"

#include "draft.h"
#include "figures.h"
#include "gnuplot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const figure_formats[] = {"png", "svg", "pdf", NULL};

/* How a whole file of the format ends: gnuplot does not notice a full disk. */
static const char *const file_ends[] = {"IEND\xae\x42\x60\x82", "</svg>", "%%EOF"};

enum { FORMAT_COUNT = 3, PATH_SIZE = 4096, CELL_SHAPES_MAX = 40000 };

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
    struct draft draft;
    FILE *script = draft_begin(&draft);
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
    return draft_end(&draft);
}

static bool is_whole(const char *path, int format)
{
    char end[16];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    const bool is_long = fseek(file, -(long)sizeof end, SEEK_END) == 0;
    const size_t size = is_long ? fread(end, 1, sizeof end, file) : 0;
    fclose(file);
    return memmem(end, size, file_ends[format], strlen(file_ends[format])) != NULL;
}

/* Moves what gnuplot wrote to where it belongs; no file gets through that is empty or cut off. */
static int publish(struct drawing *drawing, const struct paths *paths)
{
    for (int k = 0; k < FORMAT_COUNT; k++) {
        if (!(drawing->formats & 1U << k))
            continue;
        if (!is_whole(paths->temporary[k], k))
            return fault_set(drawing->fault, EXIT_SYSTEM,
                             "%s: cannot write: gnuplot's file is cut off; is the disk full?",
                             paths->final[k]);
        if (rename(paths->temporary[k], paths->final[k]) != 0)
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

int drawing_draw(struct drawing *drawing, const char *name, const struct figure *of,
                 void (*describe)(struct figure *, int), int which)
{
    struct draft draft;
    struct figure figure = *of;
    figure.script = draft_begin(&draft);
    if (figure.script != NULL)
        describe(&figure, which);
    char *body = draft_end(&draft);
    const int status =
        body ? render(drawing, &figure, body, name)
             : fault_set(drawing->fault, EXIT_SYSTEM, "%s: cannot draw: memory is short", name);
    free(body);
    return status;
}

bool drawing_choose_formats(struct drawing *drawing)
{
    struct gnuplot_terminals terminals;
    drawing->formats &= FIGURE_PNG | FIGURE_SVG | FIGURE_PDF;
    if (drawing->formats == 0)
        return false;
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

int drawing_make_folder(const struct drawing *drawing)
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
