#include "trial.h"
#include "clock.h"
#include "gang.h"
#include "machine.h"
#include "numerics.h"

#include <math.h>
#include <stdlib.h>
#include <threads.h>

/* What one thread solves with. */
struct bench {
    struct trial *trial;
    struct strata_solver *solver;
    struct strata_space *spaces[2]; /* room for all points */
    double *values;                 /* [points, widest layer] */
    int64_t *rows;                  /* [points] */
    double *weights;                /* [points] */
    thrd_t thread;
};

struct trial {
    const struct settings *settings;
    const struct plan_inputs *inputs;
    const struct plan *plan;
    int threads;
    struct bench *benches; /* [threads] */
    mtx_t lock;            /* of all that follows, and of reading */
    struct trial_list list;
    int next; /* pair of the list */
    struct trial_spaces spaces;
    struct {
        int points; /* the most that a gang has solved on; seconds of it, see count_gang */
        double seconds, alone;
    } gang;
    struct fault *fault;
};

/* --- benches --- */

static size_t bench_bytes(const struct plan *plan)
{
    const size_t n = (size_t)plan_points(plan);
    return 2 * strata_space_size((int)n) + plan->solver_bytes + 8 * n * (size_t)plan_widest(plan);
}

static int bench_init(struct bench *bench, struct trial *trial, struct fault *fault)
{
    const int n = plan_points(trial->plan);
    const size_t bytes = strata_space_size(n);
    bench->trial = trial;
    bench->values = malloc((size_t)n * (size_t)plan_widest(trial->plan) * sizeof *bench->values);
    bench->rows = malloc((size_t)n * sizeof *bench->rows);
    bench->weights = malloc((size_t)n * sizeof *bench->weights);
    int complete = bench->values && bench->rows && bench->weights;
    if (!trial->plan->gang.applies) {
        for (int k = 0; k < 2; k++)
            bench->spaces[k] = aligned_alloc(64, (bytes + 63) / 64 * 64);
        bench->solver = numerics_solver(trial->plan, fault);
        complete = complete && bench->spaces[0] && bench->spaces[1];
    }
    if (!complete)
        fault_set(fault, EXIT_SYSTEM, "memory is short for solving pairs of %d samples", n);
    return fault->status;
}

static void bench_reset(struct bench *bench)
{
    free(bench->spaces[0]);
    free(bench->spaces[1]);
    free(bench->values);
    free(bench->rows);
    free(bench->weights);
    strata_solver_destroy(&bench->solver);
}

/* Whether MPI bears calls of several threads, one at a time, as read_rows makes them. */
static bool may_use_threads(void)
{
    int level = MPI_THREAD_SINGLE;
    MPI_Query_thread(&level);
    return level >= MPI_THREAD_SERIALIZED;
}

int trial_new(const struct settings *settings, const struct plan_inputs *inputs,
              const struct plan *plan, int threads, struct trial **trial, struct fault *fault)
{
    const size_t fit = plan->node_bytes / bench_bytes(plan);
    int count = threads < TRIAL_THREADS ? threads : TRIAL_THREADS;
    count = fit < (size_t)count ? (int)fit : count;
    count = count > 1 && may_use_threads() ? count : 1;
    struct trial *t = calloc(1, sizeof *t);
    struct bench *benches = calloc((size_t)count, sizeof *benches);
    *trial = NULL;
    if (!t || !benches || mtx_init(&t->lock, mtx_plain) != thrd_success) {
        free(t);
        free(benches);
        return fault_set(fault, EXIT_SYSTEM, "memory is short for solving pairs");
    }
    t->settings = settings;
    t->inputs = inputs;
    t->plan = plan;
    t->threads = count;
    t->benches = benches;
    *trial = t;
    for (int k = 0; k < count && !fault->status; k++)
        bench_init(&benches[k], t, fault);
    if (fault->status)
        trial_destroy(trial);
    return fault->status;
}

void trial_destroy(struct trial **trial)
{
    struct trial *t = *trial;
    if (t != NULL) {
        for (int k = 0; k < t->threads; k++)
            bench_reset(&t->benches[k]);
        mtx_destroy(&t->lock);
        free(t->benches);
        free(t);
    }
    *trial = NULL;
}

int trial_threads(const struct trial *trial)
{
    return trial->threads;
}

/* --- spaces --- */

/* So many of the rows of a place, evenly, and their weights; returns those, or NULL: uniform. */
static const double *choose_rows(struct bench *bench, const struct place *place, int points)
{
    double sum = 0;
    for (int k = 0; k < points; k++) {
        const int64_t from = (int64_t)k * place->points / points;
        bench->rows[k] = place->rows[from];
        bench->weights[k] = place->weights ? place->weights[from] : 1;
        sum += bench->weights[k];
    }
    for (int k = 0; k < points && sum > 0; k++)
        bench->weights[k] /= sum;
    return place->weights && sum > 0 ? bench->weights : NULL;
}

/* Reads the rows that were chosen, one thread at a time; false: there is a fault. */
static bool read_rows(struct bench *bench, const struct place *place, int points, bool is_whole)
{
    struct trial *trial = bench->trial;
    mtx_lock(&trial->lock);
    const double bytes = (double)machine_bytes_read();
    const double begin = clock_seconds();
    if (!trial->fault->status)
        activations_read(trial->inputs->of[place->input], place->checkpoint, place->layer,
                         bench->rows, points, bench->values, trial->fault);
    if (is_whole) {
        trial->spaces.read += clock_seconds() - begin;
        trial->spaces.bytes += (double)machine_bytes_read() - bytes;
        trial->spaces.values += (double)points * (double)place->width;
    }
    const bool is_read = !trial->fault->status;
    mtx_unlock(&trial->lock);
    return is_read;
}

/* A space of a frame on some of its inputs, of the most points of a space; a status of the solver.
 */
static int make_space(struct bench *bench, int frame, int number, int of_most,
                      struct strata_space *space)
{
    struct trial *trial = bench->trial;
    const struct place place = plan_place(trial->plan, frame, number);
    const int most = plan_points(trial->plan);
    const int part = (int)((int64_t)place.points * of_most / most);
    const int points = part > 2 ? part : 2;
    const double *weights = choose_rows(bench, &place, points);
    if (!read_rows(bench, &place, points, of_most == most))
        return STRATA_STOPPED;
    const double begin = clock_computed_here();
    const int status =
        numerics_build(trial->settings, bench->values, points, place.width, weights, space);
    if (of_most == most) {
        mtx_lock(&trial->lock);
        trial->spaces.build += clock_computed_here() - begin;
        trial->spaces.made++;
        mtx_unlock(&trial->lock);
    }
    return status;
}

int trial_spaces(struct trial *trial, struct trial_spaces *spaces, struct fault *fault)
{
    trial->fault = fault;
    const struct place first = plan_place(trial->plan, 0, 0);
    if (trial->plan->gang.applies) {
        choose_rows(&trial->benches[0], &first, first.points);
        read_rows(&trial->benches[0], &first, first.points, true);
    } else if (trial->spaces.made == 0)
        make_space(&trial->benches[0], 0, 0, plan_points(trial->plan), trial->benches[0].spaces[0]);
    *spaces = trial->spaces;
    return fault->status;
}

/* --- solves --- */

/* Seconds of a solve; -1: it failed. A pair of a constant layer takes none, in a run too. */
static double solve(struct bench *bench, struct pair pair, int points)
{
    const struct strata_options options = numerics_options(bench->trial->settings, NULL, NULL);
    struct strata_solution solution;
    int status = make_space(bench, pair.frame, pair.i, points, bench->spaces[0]);
    if (status == STRATA_OK)
        status = make_space(bench, pair.frame, pair.j, points, bench->spaces[1]);
    const double begin = clock_computed_here();
    if (status == STRATA_OK)
        status = strata_solve_with(bench->solver, bench->spaces[0], bench->spaces[1], &options,
                                   &solution, NULL, NULL);
    const double seconds = clock_computed_here() - begin;
    if (status == STRATA_CONSTANT || status == STRATA_OVERFLOW || status == STRATA_UNDERFLOW)
        return 0; /* of the data: so it will be in the run */
    return status == STRATA_OK || status == STRATA_LIMIT ? seconds : -1;
}

/* A space of a pair for a gang of one; *seconds: added to. NULL: there is none. */
static struct gang_space *make_gang_space(struct bench *bench, struct gang *gang, int frame,
                                          int number, int points, double *seconds)
{
    const struct settings *settings = bench->trial->settings;
    const struct place place = plan_place(bench->trial->plan, frame, number);
    struct gang_space *space = NULL;
    choose_rows(bench, &place, points);
    if (read_rows(bench, &place, points, false)) {
        const double begin = clock_computed_here();
        gang_space_new(gang, bench->values, (int)place.width, settings->metric.distance,
                       settings->metric.normalize, &space);
        *seconds += clock_computed_here() - begin;
    }
    return space;
}

/* What a gang of one took, and the part of it that all ranks of a larger one would do. */
static void count_gang(struct trial *trial, int points, double seconds, double alone)
{
    if (points > trial->gang.points) {
        trial->gang.points = points;
        trial->gang.seconds = 0;
        trial->gang.alone = 0;
    }
    if (points == trial->gang.points) {
        trial->gang.seconds += seconds;
        trial->gang.alone += alone;
    }
}

/* The same by a gang of one, with the spaces. */
static double solve_in_gang(struct bench *bench, struct pair pair, int points)
{
    struct trial *trial = bench->trial;
    struct gang *gang = NULL;
    struct strata_solution solution = {0};
    double seconds = 0;
    if (gang_new(MPI_COMM_SELF, points, &gang) != STRATA_OK)
        return 0;
    struct gang_space *a = make_gang_space(bench, gang, pair.frame, pair.i, points, &seconds);
    struct gang_space *b = make_gang_space(bench, gang, pair.frame, pair.j, points, &seconds);
    if (a != NULL && b != NULL) {
        const double begin = clock_computed_here();
        gang_solve(gang, a, b, trial->settings->solver.effort, NULL, NULL, &solution, NULL);
        const double solving = clock_computed_here() - begin;
        const struct gang_times times = gang_times(gang); /* on the wall */
        seconds += solving;
        count_gang(trial, points, seconds,
                   solving * (times.assignment - times.scans + times.search) / solution.seconds);
    } else {
        seconds = 0;
    }
    gang_space_destroy(&a);
    gang_space_destroy(&b);
    gang_destroy(&gang);
    return seconds;
}

double trial_alone(const struct trial *trial)
{
    return trial->gang.seconds > 0 ? fmin(1, trial->gang.alone / trial->gang.seconds) : 0;
}

/* The next pair of the list, or -1. */
static int take(struct trial *trial)
{
    const struct trial_list *list = &trial->list;
    mtx_lock(&trial->lock);
    const bool is_done =
        trial->fault->status || trial->next == list->count || list->enough(list->context);
    const int taken = is_done ? -1 : trial->next++;
    mtx_unlock(&trial->lock);
    return taken;
}

static void give(struct trial *trial, int number, double seconds)
{
    mtx_lock(&trial->lock);
    trial->list.seconds[number] = seconds;
    mtx_unlock(&trial->lock);
}

static int work(void *argument)
{
    struct bench *bench = argument;
    struct trial *trial = bench->trial;
    double (*const how)(struct bench *, struct pair, int) =
        trial->plan->gang.applies ? solve_in_gang : solve;
    for (int k = take(trial); k >= 0; k = take(trial))
        give(trial, k, how(bench, trial->list.pairs[k], trial->list.points));
    return 0;
}

int trial_solve(struct trial *trial, const struct trial_list *list, int *begun, struct fault *fault)
{
    trial->fault = fault;
    trial->list = *list;
    trial->next = 0;
    if (list->points > plan_points(trial->plan))
        return fault_set(fault, EXIT_SYSTEM, "a trial on %d of %d samples", list->points,
                         plan_points(trial->plan));
    int started = 1; /* this thread is the first */
    while (started < trial->threads && thrd_create(&trial->benches[started].thread, work,
                                                   &trial->benches[started]) == thrd_success)
        started++;
    work(&trial->benches[0]);
    for (int k = 1; k < started; k++)
        thrd_join(trial->benches[k].thread, NULL);
    *begun = trial->next;
    return fault->status;
}
