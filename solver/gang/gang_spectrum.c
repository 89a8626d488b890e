#include "gang_space.h"
#include "rows.h"
#include "spectrum.h"

#include <cblas.h>
#include <stdlib.h>

static int columns_of(const struct gang *g, int rank)
{
    return rank + SPECTRUM_OVERSAMPLING < g->n ? rank + SPECTRUM_OVERSAMPLING : g->n;
}

size_t gang_spectrum_bytes(const struct gang *g)
{
    const size_t columns = (size_t)columns_of(g, 48);
    return 3 * (size_t)g->n * columns * sizeof(float); /* LAPACKE transposes one */
}

/* image[n, m] = D J q, tile by tile of this rank's rows, then gathered. */
static void multiply(struct gang *g, const struct gang_space *s, const float *q, int m,
                     float *image)
{
    float *centred = g->tile;
    for (int i = 0; i < g->count; i += ROW_TILE) {
        int height = g->count - i < ROW_TILE ? g->count - i : ROW_TILE;
        for (int t = 0; t < height; t++) {
            const double *row = s->rows + (size_t)(i + t) * g->n;
            for (int k = 0; k < g->n; k++)
                centred[(size_t)t * g->n + k] = (float)(row[k] - s->means[g->first + i + t]);
        }
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, height, m, g->n, 1, centred, g->n, q,
                    m, 0, image + (size_t)(g->first + i) * m, m);
    }
    rows_gather(g, image, (size_t)m * sizeof *image);
    spectrum_centre(image, g->n, m);
}

int gang_spectrum(struct gang *g, struct gang_space *s)
{
    const int m = columns_of(g, s->rank);
    const size_t count = (size_t)g->n * (size_t)m;
    float *q = malloc(count * sizeof *q);
    float *image = malloc(count * sizeof *image);
    float *tau = malloc((size_t)m * sizeof *tau);
    int status = gang_agree(g, q && image && tau ? STRATA_OK : STRATA_MEMORY);
    if (status == STRATA_OK)
        spectrum_test_matrix(image, count);
    for (int k = 0; k <= SPECTRUM_ITERATIONS && status == STRATA_OK; k++) {
        float *next = image;
        image = q;
        q = next;
        status = gang_agree(g, spectrum_orthonormalize(q, g->n, m, tau));
        if (status == STRATA_OK)
            multiply(g, s, q, m, image);
    }
    if (status == STRATA_OK)
        status = gang_agree(
            g, spectrum_rotate(q, image, g->n, m, s->rank, s->values, s->vectors, s->rank));
    if (status == STRATA_OK) { /* one answer, whatever the machines' arithmetic */
        MPI_Bcast(s->values, s->rank, MPI_FLOAT, 0, g->comm);
        MPI_Bcast(s->vectors, g->n * s->rank, MPI_FLOAT, 0, g->comm);
    }
    free(q);
    free(image);
    free(tau);
    return status;
}
