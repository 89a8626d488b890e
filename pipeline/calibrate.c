#include "calibrate.h"
#include "clock.h"
#include "estimate.h"
#include "trial.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum {
    FEW_POINTS = 160,    /* beyond this, pairs are compared on so many; */
    FEW_OF_GANGS = 1000, /* of gangs, whose search takes as long on any number of points */
    LEAST_SAMPLES = 8,   /* on each number of inputs; */
    LAST_SAMPLES = 16,   /* on the last, if there are so many, this much there must be time for */
    MOST_SAMPLES = 1000,
    RUNGS = 24
};
static const double enough_error = 0.025;
static const double few_part = 0.125;  /* of the time, for pairs on few inputs; */
static const double below_part = 0.25; /* of what is left on the last rung, for the one below it */
static const double one_alone = 0.2;   /* how much pairs differ, where one alone does not show it */
static const double least_step = 1.25; /* from one number of inputs to the next, */
static const double most_step = 2;     /* so that it is known what the next will take */

/* Pairs solved on so many inputs each. */
struct rung {
    int points;
    int begun;       /* so many of the pairs, from the first */
    double *seconds; /* [MOST_SAMPLES], -1: not solved; of the climb */
};

/* On few inputs; the rungs after it are on more and more. */
enum { FEW };

struct climb {
    const struct plan *plan;
    struct trial *trial;
    int count;          /* pairs that may be taken, in turn: */
    int64_t *positions; /* [count] */
    struct pair *pairs; /* [count] */
    double *seconds;    /* [RUNGS, MOST_SAMPLES] */
    struct rung rungs[RUNGS];
    int height;        /* the last rung so far */
    bool is_top;       /* and there will be none on more inputs */
    int solving;       /* the rung that is being solved on, */
    double until, end; /* clock_seconds(): until then; of all */
    struct fault *fault;
};

/* --- which pairs --- */

static int64_t greatest_divisor(int64_t a, int64_t b)
{
    return b == 0 ? a : greatest_divisor(b, a % b);
}

/* Pairs of the plan, each once, such that any number of the first ones cover it evenly: steps of
 * the golden section. */
static void choose_pairs(struct climb *climb)
{
    const struct plan *plan = climb->plan;
    int64_t step = (int64_t)(0.61803398874989485 * (double)plan->pairs) + 1;
    while (greatest_divisor(plan->pairs, step) > 1)
        step++;
    int64_t at = plan->pairs / 2;
    for (int k = 0; k < climb->count; k++) {
        int64_t number = at;
        int frame = 0;
        while (number >= plan_pairs(plan, frame))
            number -= plan_pairs(plan, frame++);
        climb->positions[k] = frame * plan->pairs_per_frame + number;
        climb->pairs[k] = plan_pair(plan, frame, number);
        at = (at + step) % plan->pairs;
    }
}

/* --- estimates --- */

/* The times of a rung, and those of one from another. */
static struct ratio times_of(const struct climb *climb, int rung)
{
    return ratio_of(NULL, climb->rungs[rung].seconds, climb->count);
}

static struct ratio times_from(const struct climb *climb, int known, int rung)
{
    return ratio_of(climb->rungs[known].seconds, climb->rungs[rung].seconds, climb->count);
}

/* From the inputs that there was time for to those of the run; its relative error. */
static double extrapolate(const struct climb *climb, double *error)
{
    const int n = plan_points(climb->plan);
    const int v = climb->rungs[climb->height].points;
    *error = 0;
    if (v == n)
        return 1;
    const int u = climb->rungs[climb->height - 1].points;
    const struct ratio ratio = times_from(climb, climb->height - 1, climb->height);
    const double deviation = ratio.pairs > 1 ? ratio.deviation : one_alone;
    const double up = ratio.value * (1 + deviation / sqrt(fmax(1, ratio.pairs)));
    const double value = estimate_growth(u, v, n, ratio.value);
    *error = hypot(estimate_growth(u, v, n, up) / value - 1,
                   estimate_growth_of_power(u, v, n, ratio.value) / value - 1);
    return value;
}

/* The relative standard error of the time of all pairs: some of them are known on few inputs, and
 * some of these on more. */
static double error_of(const struct climb *climb)
{
    const struct ratio few = times_of(climb, FEW);
    const struct ratio top = times_from(climb, FEW, climb->height);
    double error = 0;
    extrapolate(climb, &error);
    const double all = 1. / (double)climb->plan->pairs;
    const double variance = pow(few.deviation, 2) * (1. / few.pairs - all) +
                            pow(top.deviation, 2) * (1. / top.pairs - all);
    return sqrt(variance + error * error);
}

/* --- measuring --- */

static int few_points(const struct plan *plan)
{
    const int few = plan->gang.applies ? FEW_OF_GANGS : FEW_POINTS;
    return plan_points(plan) < few ? plan_points(plan) : few;
}

static bool is_enough(void *context)
{
    const struct climb *climb = context;
    if (times_of(climb, climb->solving).pairs < LEAST_SAMPLES)
        return false;
    return clock_seconds() > climb->until || (climb->is_top && error_of(climb) < enough_error);
}

/* Solves more pairs on a rung, of those that were begun on few inputs. */
static void solve_more(struct climb *climb, int height, double until)
{
    struct rung *rung = &climb->rungs[height];
    const int from = rung->begun;
    int begun = 0;
    climb->solving = height;
    climb->until = until;
    const int most = height == FEW ? climb->count : climb->rungs[FEW].begun;
    const struct trial_list list = {.pairs = climb->pairs + from,
                                    .count = most - from,
                                    .points = rung->points,
                                    .enough = is_enough,
                                    .context = climb,
                                    .seconds = rung->seconds + from};
    trial_solve(climb->trial, &list, &begun, climb->fault);
    rung->begun = from + begun;
}

/* The inputs of the next rung: as many as there is time for; 0: there is none. */
static int choose_points(const struct climb *climb)
{
    const int n = plan_points(climb->plan);
    const int points = climb->rungs[climb->height].points;
    const double each = times_of(climb, climb->height).mean;
    const double time = (climb->end - clock_seconds()) * trial_threads(climb->trial);
    const int samples = climb->count < LAST_SAMPLES ? climb->count : LAST_SAMPLES;
    const double affordable = cbrt(fmax(0, time) / (samples * fmax(each, 1e-9)));
    const double step = fmin(affordable, most_step);
    if (points == n || climb->height + 1 == RUNGS)
        return 0;
    if (step < least_step && step * points < n && climb->height > FEW)
        return 0; /* not sooner: growth takes two rungs to be seen */
    return (int)fmin(n, fmax(step, least_step) * points);
}

/* More pairs on the last rung, and on the one below where that is to be extrapolated from. */
static void solve_last(struct climb *climb)
{
    const bool is_whole = climb->rungs[climb->height].points == plan_points(climb->plan);
    const double left = climb->end - clock_seconds();
    solve_more(climb, climb->height, climb->end - (is_whole ? 0 : below_part * left));
    if (!is_whole && climb->height > FEW + 1 && !climb->fault->status)
        solve_more(climb, climb->height - 1, climb->end);
}

static bool is_done(const struct climb *climb)
{
    const int few = climb->rungs[FEW].begun;
    const bool is_all = few == climb->count && climb->rungs[climb->height].begun == few;
    return climb->fault->status || is_all || clock_seconds() > climb->end ||
           error_of(climb) < enough_error;
}

/* From few inputs to as many as there is time for; then more pairs. */
static void climb_up(struct climb *climb, double seconds)
{
    const double begin = clock_seconds();
    climb->end = begin + seconds;
    climb->height = FEW;
    climb->rungs[FEW].points = few_points(climb->plan);
    solve_more(climb, FEW, begin + few_part * seconds);
    for (int points; !climb->fault->status && (points = choose_points(climb)) > 0;) {
        climb->rungs[++climb->height].points = points;
        solve_more(climb, climb->height, begin);
    }
    climb->is_top = true;
    while (!is_done(climb)) {
        const double now = clock_seconds();
        if (climb->rungs[climb->height].begun == climb->rungs[FEW].begun)
            solve_more(climb, FEW, now + few_part * (climb->end - now));
        if (climb->height > FEW && !climb->fault->status)
            solve_last(climb);
    }
}

static bool never(void *context)
{
    (void)context;
    return false;
}

/* The first solve of each thread is slow. */
static void warm_up(struct climb *climb)
{
    const int threads = trial_threads(climb->trial);
    double ignored[TRIAL_THREADS];
    int begun = 0;
    const struct trial_list list = {.pairs = climb->pairs,
                                    .count = threads < climb->count ? threads : climb->count,
                                    .points = few_points(climb->plan),
                                    .enough = never,
                                    .seconds = ignored};
    trial_solve(climb->trial, &list, &begun, climb->fault);
}

/* --- all --- */

static int climb_init(struct climb *climb, const struct plan *plan, struct trial *trial,
                      struct fault *fault)
{
    const int64_t count = plan->pairs < MOST_SAMPLES ? plan->pairs : MOST_SAMPLES;
    *climb = (struct climb){.plan = plan, .trial = trial, .count = (int)count, .fault = fault};
    climb->positions = malloc(MOST_SAMPLES * sizeof *climb->positions);
    climb->pairs = malloc(MOST_SAMPLES * sizeof *climb->pairs);
    climb->seconds = malloc(sizeof(double[RUNGS][MOST_SAMPLES]));
    if (!climb->positions || !climb->pairs || !climb->seconds)
        return fault_set(fault, EXIT_SYSTEM, "memory is short for samples");
    for (int r = 0; r < RUNGS; r++)
        climb->rungs[r].seconds = climb->seconds + (ptrdiff_t)r * MOST_SAMPLES;
    for (int k = 0; k < RUNGS * MOST_SAMPLES; k++)
        climb->seconds[k] = -1;
    choose_pairs(climb);
    return 0;
}

static void climb_reset(struct climb *climb)
{
    free(climb->positions);
    free(climb->pairs);
    free(climb->seconds);
}

static int by_position(const void *a, const void *b)
{
    const struct calibration_sample *x = a;
    const struct calibration_sample *y = b;
    return (x->position > y->position) - (x->position < y->position);
}

static void keep(const struct climb *climb, struct calibration *c)
{
    const struct rung *few = &climb->rungs[FEW];
    double error = 0;
    for (int k = 0; k < few->begun; k++)
        if (few->seconds[k] >= 0)
            c->samples[c->pairs++] =
                (struct calibration_sample){climb->positions[k], few->seconds[k]};
    qsort(c->samples, (size_t)c->pairs, sizeof *c->samples, by_position);
    const struct ratio ratio = times_from(climb, FEW, climb->height);
    c->points = few->points;
    c->scale_pairs = climb->height > FEW ? ratio.pairs : 0;
    c->scale_points = climb->rungs[climb->height].points;
    const double growth = extrapolate(climb, &error);
    const double inputs = (double)plan_points(climb->plan) / c->scale_points;
    c->scale = ratio.value * growth;
    c->alone = fmin(1, trial_alone(climb->trial) * inputs * inputs / growth);
    c->error = error_of(climb);
}

static void measure(const struct plan *plan, struct trial *trial, double seconds,
                    struct calibration *c, struct fault *fault)
{
    struct climb climb;
    struct trial_spaces spaces = {0};
    const double begin = clock_seconds();
    if (climb_init(&climb, plan, trial, fault) == 0) {
        warm_up(&climb);
        climb_up(&climb, seconds);
    }
    if (!fault->status && times_from(&climb, FEW, climb.height).pairs == 0)
        fault_set(
            fault, EXIT_SYSTEM,
            "none of the pairs that were tried could be solved, so there are no times to plan "
            "by; is memory short?");
    if (!fault->status && trial_spaces(trial, &spaces, fault) == 0) {
        keep(&climb, c);
        c->took = clock_seconds() - begin;
        c->threads = trial_threads(trial);
        c->read = spaces.read / fmax(1, spaces.values);
        c->read_bytes = spaces.bytes / fmax(1, spaces.values);
        c->build = spaces.build / fmax(1, spaces.made);
    }
    climb_reset(&climb);
}

int calibrate(const struct settings *settings, const struct plan_inputs *inputs,
              const struct plan *plan, int together, double seconds,
              struct calibration *calibration, struct fault *fault)
{
    struct trial *trial = NULL;
    *calibration = (struct calibration){.plan = plan};
    calibration->samples = calloc(MOST_SAMPLES, sizeof *calibration->samples);
    if (calibration->samples == NULL)
        fault_set(fault, EXIT_SYSTEM, "memory is short for samples");
    if (!fault->status && trial_new(settings, inputs, plan, together, &trial, fault) == 0)
        measure(plan, trial, seconds, calibration, fault);
    trial_destroy(&trial);
    if (fault->status)
        calibration_reset(calibration);
    return fault->status;
}

void calibration_reset(struct calibration *calibration)
{
    free(calibration->samples);
    *calibration = (struct calibration){0};
}

double calibration_pair(const struct calibration *c, struct pair pair)
{
    const int64_t number =
        pairing_number(&c->plan->pairing, pair.frame % c->plan->checkpoints, pair.i, pair.j);
    const int64_t position = pair.frame * c->plan->pairs_per_frame + number;
    int low = 0;
    int high = c->pairs - 1;
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        *(c->samples[middle].position <= position ? &low : &high) = middle;
    }
    const bool nearer = position - c->samples[low].position <= c->samples[high].position - position;
    return c->scale * c->samples[nearer ? low : high].seconds;
}
