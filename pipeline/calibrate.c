#include "calibrate.h"
#include "clock.h"
#include "machine.h"
#include "numerics.h"

#include <math.h>
#include <stdlib.h>

/* A sample: two spaces and their solve, on as many points as asked. */
struct bench {
    const struct settings *settings;
    const struct plan_inputs *inputs;
    const struct plan *plan;
    struct strata_solver *solver;
    struct strata_space *spaces[2]; /* room for all points */
    double *values;                 /* [points, widest layer] */
    int64_t *rows;                  /* [points] */
    double *weights;                /* [points] */
    int made;                       /* spaces on all points, */
    double read, build;             /* the seconds that they took, */
    double values_read, bytes_read; /* and what was read for them */
    struct fault *fault;
};

enum {
    FEW_POINTS = 160,   /* beyond this, pairs are compared on so many */
    LEAST_SAMPLES = 12, /* to see how pairs differ */
    ENOUGH_SAMPLES = 30,
    MOST_SAMPLES = 1000,
    LEAST_SCALE = 3 /* to see how cost grows */
};

/* The k-th of a sequence of positions that covers the list evenly wherever it is cut off. */
static int64_t position_of(const struct plan *plan, int k)
{
    const double golden = 0.61803398874989485;
    const double part = fmod(0.5 + golden * k, 1) * plan->frames;
    const int frame = (int)part;
    return frame * plan->pairs_per_frame +
           (int64_t)((part - frame) * (double)plan_pairs(plan, frame));
}

static int bench_init(struct bench *bench, const struct plan *plan, struct fault *fault)
{
    const int n = plan_points(plan);
    const size_t bytes = strata_space_size(n);
    for (int k = 0; k < 2; k++)
        bench->spaces[k] = aligned_alloc(64, (bytes + 63) / 64 * 64);
    bench->values = malloc((size_t)n * (size_t)plan_widest(plan) * sizeof *bench->values);
    bench->rows = malloc((size_t)n * sizeof *bench->rows);
    bench->weights = malloc((size_t)n * sizeof *bench->weights);
    bench->solver = numerics_solver(plan, fault);
    if (!bench->spaces[0] || !bench->spaces[1] || !bench->values || !bench->rows || !bench->weights)
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

/* A space of a frame on some of its inputs, of the most points of a space; a status of the solver.
 */
static int make_space(struct bench *bench, int frame, int number, int of_most,
                      struct strata_space *space)
{
    const struct place place = plan_place(bench->plan, frame, number);
    const int most = plan_points(bench->plan);
    const int part = (int)((int64_t)place.points * of_most / most);
    const int points = part > 2 ? part : 2;
    const double *weights = choose_rows(bench, &place, points);
    const double bytes = (double)machine_bytes_read();
    const double begin = clock_seconds();
    if (activations_read(bench->inputs->of[place.input], place.checkpoint, place.layer, bench->rows,
                         points, bench->values, bench->fault))
        return STRATA_STOPPED;
    const double read = clock_seconds() - begin;
    const double computed = clock_computed();
    const int status =
        numerics_build(bench->settings, bench->values, points, place.width, weights, space);
    if (of_most == most) {
        bench->build += clock_computed() - computed;
        bench->read += read;
        bench->bytes_read += (double)machine_bytes_read() - bytes;
        bench->values_read += (double)points * (double)place.width;
        bench->made++;
    }
    return status;
}

/* Seconds of a solve; 0 for a pair that has no value. */
static double solve(struct bench *bench, int64_t position, int points)
{
    const struct plan *plan = bench->plan;
    const struct pair pair =
        plan_pair(plan, (int)(position / plan->pairs_per_frame), position % plan->pairs_per_frame);
    const struct strata_options options = numerics_options(bench->settings, NULL, NULL);
    struct strata_solution solution;
    if (make_space(bench, pair.frame, pair.i, points, bench->spaces[0]) != STRATA_OK ||
        make_space(bench, pair.frame, pair.j, points, bench->spaces[1]) != STRATA_OK)
        return 0;
    const double begin = clock_computed();
    strata_solve_with(bench->solver, bench->spaces[0], bench->spaces[1], &options, &solution, NULL,
                      NULL);
    return clock_computed() - begin;
}

/* Adds samples until so many seconds have passed. */
static void take_samples(struct bench *bench, struct calibration *c, int points, double seconds)
{
    const double begin = clock_seconds();
    const int64_t most = bench->plan->pairs < MOST_SAMPLES ? bench->plan->pairs : MOST_SAMPLES;
    c->points = points;
    while (c->pairs < most && !bench->fault->status &&
           (c->pairs < LEAST_SAMPLES || clock_seconds() - begin < seconds)) {
        struct calibration_sample *sample = &c->samples[c->pairs];
        sample->position = position_of(bench->plan, c->pairs);
        sample->seconds = solve(bench, sample->position, points);
        c->pairs++;
    }
}

/* Seconds of samples on `points` for each of their seconds so far: as many as there is time for. */
static double compare(struct bench *bench, const struct calibration *c, int points, double seconds,
                      int *pairs)
{
    const double begin = clock_seconds();
    double sum = 0;
    double before = 0;
    int k = 0;
    for (; k < c->pairs && !bench->fault->status &&
           (k < LEAST_SCALE || clock_seconds() - begin < seconds);
         k++) {
        sum += solve(bench, c->samples[k].position, points);
        before += c->samples[k].seconds;
    }
    *pairs = k;
    return before > 0 ? sum / before : 1;
}

static double mean_seconds(const struct calibration *c)
{
    double sum = 0;
    for (int k = 0; k < c->pairs; k++)
        sum += c->samples[k].seconds;
    return sum / c->pairs;
}

/* What a solve takes on more points, at most. */
static double at_most(double seconds, double points, double more)
{
    return seconds * pow(more / points, 3);
}

/* How cost grows from the samples' points to those of the run. */
static void take_scale(struct bench *bench, struct calibration *c, double seconds)
{
    const int n = plan_points(bench->plan);
    const double mean = mean_seconds(c);
    int points = n;
    while (points > 2 * c->points && LEAST_SCALE * at_most(mean, c->points, points) > 4 * seconds)
        points -= points / 8;
    c->scale_points = points;
    c->scale = compare(bench, c, points, seconds, &c->scale_pairs);
    if (points < n) {
        int pairs = 0;
        const double half = compare(bench, c, points / 2, seconds / 4, &pairs);
        c->scale *= pow((double)n / points, log2(c->scale / half));
    }
}

static int by_position(const void *a, const void *b)
{
    const struct calibration_sample *x = a;
    const struct calibration_sample *y = b;
    return (x->position > y->position) - (x->position < y->position);
}

static void measure(struct bench *bench, struct calibration *c, double seconds)
{
    const int n = plan_points(bench->plan);
    const int few = n < FEW_POINTS ? n : FEW_POINTS;
    solve(bench, position_of(bench->plan, 0), few); /* the first one is slow */
    const double first = solve(bench, position_of(bench->plan, 0), few);
    c->scale = 1;
    if (few == n || ENOUGH_SAMPLES * at_most(first, few, n) < seconds) {
        take_samples(bench, c, n, seconds);
    } else {
        take_samples(bench, c, few, seconds / 5);
        if (!bench->fault->status)
            take_scale(bench, c, 4 * seconds / 5);
    }
    if (bench->made == 0 && !bench->fault->status)
        make_space(bench, 0, 0, n, bench->spaces[0]);
}

int calibrate(const struct settings *settings, const struct plan_inputs *inputs,
              const struct plan *plan, double seconds, struct calibration *calibration,
              struct fault *fault)
{
    struct bench bench = {.settings = settings, .inputs = inputs, .plan = plan, .fault = fault};
    *calibration = (struct calibration){.plan = plan};
    calibration->samples = calloc(MOST_SAMPLES, sizeof *calibration->samples);
    if (calibration->samples == NULL)
        fault_set(fault, EXIT_SYSTEM, "memory is short for samples");
    if (!fault->status && bench_init(&bench, plan, fault) == 0) {
        const double begin = clock_seconds();
        measure(&bench, calibration, seconds);
        calibration->took = clock_seconds() - begin;
        qsort(calibration->samples, (size_t)calibration->pairs, sizeof *calibration->samples,
              by_position);
        calibration->read = bench.read / fmax(1, bench.values_read);
        calibration->read_bytes = bench.bytes_read / fmax(1, bench.values_read);
        calibration->build = bench.build / fmax(1, bench.made);
    }
    bench_reset(&bench);
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
