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
    int last = results->checkpoint_count - 1;
    double here = position_of(results, time, checkpoint);
    double before = checkpoint > 0 ? position_of(results, time, checkpoint - 1) : here;
    double after = checkpoint < last ? position_of(results, time, checkpoint + 1) : here;
    if (checkpoint == 0) /* the ends take as much outside as inside */
        before = here - (last > 0 ? after - here : 1);
    if (checkpoint == last)
        after = here + (last > 0 ? here - before : 1);
    *from = (before + here) / 2;
    *to = (here + after) / 2;
}

struct figure_time figure_time_of(const struct results *results)
{
    struct figure_time time = {0, 0, 0};
    int last = results->checkpoint_count - 1;
    double unused = 0;
    double least = 0;
    for (int t = last; t >= 0; t--)
        if (results->steps[t] > 0)
            least = (double)results->steps[t];
    if (least > 0 && results->steps[0] >= 0 && (double)results->steps[last] / least >= 50)
        time.unit = least;
    figure_time_span(results, &time, 0, &time.low, &unused);
    figure_time_span(results, &time, last, &unused, &time.high);
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

/* Puts one tick, unless its label would touch the one before. */
static void put_tick(FILE *script, const struct figure_time *time, double step, bool label,
                     double room, double *previous)
{
    char text[32] = "";
    double position = figure_time_position(time, step);
    if (position < time->low || position > time->high || position - *previous < room)
        return;
    if (label)
        format_step(step, text, sizeof text);
    fprintf(script, "%s'%s' %.9g", isinf(*previous) ? "" : ", ", text, position);
    *previous = position;
}

static void decade_ticks(FILE *script, const struct figure_time *time, bool labels, double room)
{
    double previous = -INFINITY;
    double decade = 1;
    put_tick(script, time, 0, labels, room, &previous);
    while (figure_time_position(time, decade) <= time->high) {
        put_tick(script, time, decade, labels, room, &previous);
        decade *= 10;
    }
}

static void even_ticks(FILE *script, const struct figure_time *time, bool labels, double room)
{
    double previous = -INFINITY;
    double step = figure_nice_step(fmax(room, 1));
    double first = ceil(time->low / step);
    int count = (int)floor(time->high / step - first) + 1;
    for (int k = 0; k < count; k++) /* + 0.0: no -0 */
        put_tick(script, time, (first + k) * step + 0.0, labels, 0, &previous);
}

void figure_time_axis(FILE *script, const struct results *results, const struct figure_time *time,
                      bool labels, double width)
{
    double previous = -INFINITY;
    double room = (time->high - time->low) * label_width / width;
    fprintf(script,
            "set xrange [%.9g:%.9g]\nset xtics scale 0.5 nomirror norotate offset 0,0 textcolor "
            "'" COLOUR_INK "' (",
            time->low, time->high);
    if (results->checkpoint_count == 1)
        put_tick(script, time, (double)results->steps[0], labels, 0, &previous);
    else if (time->unit > 0)
        decade_ticks(script, time, labels, room);
    else
        even_ticks(script, time, labels, room);
    fputs(")\n", script);
}
