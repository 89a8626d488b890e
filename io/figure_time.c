#include "figure_time.h"

#include "figure.h"
#include "palette.h"

#include <math.h>

static const double label_width = 46; /* room for one tick label, px */

double figure_time_position(const struct figure_time *time, double step)
{
    return time->unit > 0 ? log1p(step / time->unit) : step;
}

static double position_of(const struct results *results, const struct figure_time *time, int t)
{
    return figure_time_position(time, (double)results->steps[t]);
}

void figure_time_span(const struct results *results, const struct figure_time *time, int checkpoint,
                      double *from, double *to)
{
    const int last = results->checkpoint_count - 1;
    const double here = position_of(results, time, checkpoint);
    *from = checkpoint > 0 ? (position_of(results, time, checkpoint - 1) + here) / 2 : time->low;
    *to = checkpoint < last ? (here + position_of(results, time, checkpoint + 1)) / 2 : time->high;
}

/* Steps that are dense at first and span decades. */
static bool is_logarithmic(const struct results *results, double least)
{
    const int last = results->checkpoint_count - 1;
    double widest = 0;
    for (int t = 1; t <= last; t++)
        widest = fmax(widest, (double)(results->steps[t] - results->steps[t - 1]));
    return least > 0 && results->steps[0] >= 0 && (double)results->steps[last] >= 50 * least &&
           widest > 10 * (double)(results->steps[1] - results->steps[0]);
}

struct figure_time figure_time_of(const struct results *results)
{
    struct figure_time time = {0, 0, 0};
    const int last = results->checkpoint_count - 1;
    double least = 0;
    for (int t = last; t >= 0; t--)
        if (results->steps[t] > 0)
            least = (double)results->steps[t];
    if (is_logarithmic(results, least))
        time.unit = least;
    time.low = position_of(results, &time, 0) - (last > 0 ? 0 : 0.5);
    time.high = position_of(results, &time, last) + (last > 0 ? 0 : 0.5);
    return time;
}

/* 0, 500, 1.5k, 20k, 3M */
static void format_step(double step, char *text, size_t size)
{
    static const char *const suffixes[] = {"", "k", "M", "G", "T"};
    int power = 0;
    double magnitude = fabs(step);
    for (; magnitude >= 1000 && power < 4; power++)
        magnitude /= 1000;
    snprintf(text, size, "%.6g%s", copysign(magnitude, step), suffixes[power]);
}

/* An axis that gets its ticks: the first and the last step, and between them what has room. */
struct ticks {
    FILE *script;
    const struct figure_time *time;
    bool labels;
    double room;     /* between two ticks */
    double previous; /* where the last tick is */
};

static void put_tick(struct ticks *ticks, double step)
{
    char text[32] = "";
    const double position = figure_time_position(ticks->time, step);
    if (ticks->labels)
        format_step(step + 0.0, text, sizeof text); /* + 0.0: no -0 */
    fprintf(ticks->script, "%s'%s' %.9g", isinf(ticks->previous) ? "" : ", ", text, position);
    ticks->previous = position;
}

static void put_inner_tick(struct ticks *ticks, double step)
{
    const double position = figure_time_position(ticks->time, step);
    if (position - ticks->previous >= ticks->room && ticks->time->high - position >= ticks->room)
        put_tick(ticks, step);
}

static void put_ticks(struct ticks *ticks, const struct results *results)
{
    const double first = (double)results->steps[0];
    const double last = (double)results->steps[results->checkpoint_count - 1];
    const double even = figure_nice_step(fmax(ticks->room, 1));
    put_tick(ticks, first);
    if (ticks->time->unit > 0)
        for (double decade = 1; decade < last; decade *= 10)
            put_inner_tick(ticks, decade);
    else
        for (double k = ceil(first / even); k * even < last; k++)
            put_inner_tick(ticks, k * even);
    if (results->checkpoint_count > 1)
        put_tick(ticks, last);
}

void figure_time_axis(FILE *script, const struct results *results, const struct figure_time *time,
                      bool labels, double width)
{
    struct ticks ticks = {script, time, labels, (time->high - time->low) * label_width / width,
                          -INFINITY};
    fprintf(script,
            "set xrange [%.9g:%.9g]\nset xtics scale 0.5 nomirror norotate offset 0,0 textcolor "
            "'" COLOUR_INK "' (",
            time->low, time->high);
    put_ticks(&ticks, results);
    fputs(")\n", script);
    if (labels)
        fprintf(script, "set xlabel 'training step%s'\n", time->unit > 0 ? " (log scale)" : "");
}
