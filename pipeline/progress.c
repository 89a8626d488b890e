#include "progress.h"

#include <time.h>
#include <unistd.h>

static const double terminal_interval = 0.2; /* seconds between refreshes */
static const double log_interval = 15;
enum { BAR = 30 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print_time(FILE *stream, double seconds)
{
    long s = (long)(seconds + 0.5);
    if (s >= 3600)
        fprintf(stream, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        fprintf(stream, "%ld:%02ld", s / 60, s % 60);
}

static void show(struct progress *p, int64_t done, double time)
{
    double part = p->total > 0 ? (double)done / (double)p->total : 1;
    double elapsed = time - p->begin;
    double rate = elapsed > 0 ? (double)(done - p->known) / elapsed : 0;
    p->open = p->terminal;
    if (p->terminal) {
        fputs("\r[", p->stream);
        for (int k = 0; k < BAR; k++)
            fputc(k < (int)(part * BAR) ? '#' : '-', p->stream);
        fputs("] ", p->stream);
    }
    fprintf(p->stream, "%lld/%lld %s  %3.0f %%  %.*f/s  ", (long long)done, (long long)p->total,
            p->what, 100 * part, rate < 10 ? 2 : 0, rate);
    print_time(p->stream, elapsed);
    if (rate > 0 && done < p->total) {
        fputs(" so far, ", p->stream);
        print_time(p->stream, (double)(p->total - done) / rate);
        fputs(" left", p->stream);
    }
    fputs(p->terminal ? "\033[K" : "\n", p->stream);
    fflush(p->stream);
}

void progress_begin(struct progress *p, FILE *stream, const char *what, int64_t total)
{
    double time = now();
    *p = (struct progress){.stream = stream,
                           .what = what,
                           .total = total,
                           .terminal = isatty(fileno(stream)) != 0,
                           .begin = time,
                           .shown = time};
}

void progress_update(struct progress *p, int64_t done)
{
    double time = now();
    if (time - p->shown < (p->terminal ? terminal_interval : log_interval))
        return;
    p->shown = time;
    show(p, done, time);
}

void progress_end(struct progress *p, int64_t done)
{
    if (done != PROGRESS_BROKEN)
        show(p, done, now());
    if (p->open)
        fputc('\n', p->stream);
    p->open = false;
}
