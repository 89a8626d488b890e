/* A permutation test against everything in a matrix but groups.
 *
 * The residual r[i,j] (distance over the mean of its lag, minus 1) of a network without groups is
 *
 *     r[i,j] = t(i) + t(j) + u_i + u_j + e_ij
 *
 * with a smooth trend t (layers that change faster early than late), layer effects u (a layer that
 * is far from all others) and noise e. Least squares gives t(i)+u_i as the row means, t as their
 * line over depth, e as the rest. A null matrix keeps t, permutes u over the layers and e over the
 * cells, is centred by lag again as the observed one was, and is cut optimally again: residual
 * permutation as of Freedman & Lane, J. Bus. Econ. Stat. 1 (1983), doi:10.2307/1391660. A residual
 * of a lag with c cells has variance 1 - 1/c of the noise, so e is divided by its root before it
 * moves to another lag: only so have 6 layers enough permutations.
 *
 * Why not permute layers alone: with 6 layers one of ten orders has the groups in one piece each.
 * Why not permute cells alone: one layer far from all others makes it reject in every second
 * network without groups (measured).
 * p = (g + 1) / (draws + 1) with g draws as good as observed; or h / l where the h-th such draw was
 * draw l and h is enough to be above level: Besag & Clifford, Biometrika 78 (1991),
 * doi:10.1093/biomet/78.2.301. Cost: n^2 for each draw. */
#include "chance.h"

#include "cuts.h"
#include "lags.h"
#include "random.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

struct model {
    int n;
    size_t cells;
    double *trend;  /* [n] t */
    double *effect; /* [n] u, permuted in place from draw to draw */
    double *noise;  /* [cells] e / root(1 - 1/c), permuted in place; lag n-1, one cell, is zero */
    double *drawn;  /* [cells] a null matrix */
};

static void shuffle(double *x, size_t count, uint64_t *state)
{
    for (size_t k = count; k > 1; k--) {
        size_t other = (size_t)(random_next(state) % k);
        double moved = x[k - 1];
        x[k - 1] = x[other];
        x[other] = moved;
    }
}

static int model_init(struct model *model, int n)
{
    *model = (struct model){.n = n, .cells = (size_t)n * (n - 1) / 2};
    model->trend = calloc((size_t)n, sizeof *model->trend);
    model->effect = calloc((size_t)n, sizeof *model->effect);
    model->noise = malloc(model->cells * sizeof *model->noise);
    model->drawn = malloc(model->cells * sizeof *model->drawn);
    return model->trend && model->effect && model->noise && model->drawn ? 0 : -1;
}

static void model_reset(struct model *model)
{
    free(model->trend);
    free(model->effect);
    free(model->noise);
    free(model->drawn);
}

/* Row means of the residuals, less their line over depth, which becomes the trend. The residuals
 * sum to zero, so the mean of row i is (n-2)/(n-1) of its effect. */
static void fit_layers(struct model *model, const double *residual)
{
    int n = model->n;
    for (int m = 1; m < n; m++)
        for (int i = 0; i < n - m; i++) {
            double r = residual[lags_cell(n, m) + i] / (n - 2);
            model->effect[i] += r;
            model->effect[i + m] += r;
        }
    double slope = 0;
    double square = 0;
    for (int i = 0; i < n; i++) {
        double depth = i - (n - 1) / 2.0;
        slope += depth * model->effect[i];
        square += depth * depth;
    }
    for (int i = 0; i < n; i++) {
        model->trend[i] = slope / square * (i - (n - 1) / 2.0);
        model->effect[i] -= model->trend[i];
    }
}

static double noise_scale(int n, int m)
{
    return m < n - 1 ? sqrt(1 - 1.0 / (n - m)) : 1;
}

static void fit_noise(struct model *model, const double *residual)
{
    int n = model->n;
    for (int m = 1; m < n; m++)
        for (int i = 0; i < n - m; i++) {
            double expected =
                model->trend[i] + model->trend[i + m] + model->effect[i] + model->effect[i + m];
            size_t cell = lags_cell(n, m) + i;
            model->noise[cell] = (residual[cell] - expected) / noise_scale(n, m);
        }
}

static void draw(struct model *model, uint64_t *state)
{
    int n = model->n;
    shuffle(model->effect, (size_t)n, state);
    shuffle(model->noise, model->cells - 1, state); /* all but the one cell of the last lag */
    for (int m = 1; m < n; m++) {
        double *r = model->drawn + lags_cell(n, m);
        const double *noise = model->noise + lags_cell(n, m);
        double mean = 0;
        for (int i = 0; i < n - m; i++) {
            r[i] = model->trend[i] + model->trend[i + m] + model->effect[i] + model->effect[i + m] +
                   noise[i] * noise_scale(n, m);
            mean += r[i] / (n - m);
        }
        for (int i = 0; i < n - m; i++)
            r[i] -= mean;
    }
}

int chance_of_gain(const double *residual, int n, int max_groups, double gain, int draws,
                   double level, double *p)
{
    *p = 1;
    if (n < 3 || gain <= 0 || draws < 1)
        return 0;
    int status = -1;
    struct model model;
    struct cuts *cuts = cuts_new(n, max_groups);
    if (model_init(&model, n) || !cuts)
        goto done;
    fit_layers(&model, residual);
    fit_noise(&model, residual);

    uint64_t state = 1;
    int enough = (int)(level * (draws + 1)) + 1;
    int as_good = 0;
    int drawn = 0;
    while (drawn < draws && as_good < enough) {
        draw(&model, &state);
        as_good += cuts_find(cuts, model.drawn, NULL, NULL) >= gain * (1 - 1e-9);
        drawn++;
    }
    *p = as_good >= enough ? (double)as_good / drawn : (as_good + 1.0) / (draws + 1.0);
    status = 0;
done:
    cuts_destroy(&cuts);
    model_reset(&model);
    return status;
}
