#include "gang_space.h"
#include "rows.h"
#include "space.h"
#include "spectrum.h"

#include <cblas.h>

size_t gang_spectrum_bytes(const struct gang *g)
{
    const size_t columns = (size_t)spectrum_columns(g->n, SPECTRUM_RANK);
    return 3 * (size_t)g->n * columns * sizeof(float); /* LAPACKE transposes one */
}

struct operand {
    struct gang *gang;
    const struct gang_space *space;
};

/* Tile by tile of this rank's rows, then gathered. */
static void multiply(void *context, const float *q, int m, float *image)
{
    const struct operand *D = context;
    const struct gang *g = D->gang;
    const struct gang_space *s = D->space;
    float *centred = g->tile;
    for (int i = 0; i < g->count; i += ROW_TILE) {
        int height = g->count - i < ROW_TILE ? g->count - i : ROW_TILE;
        for (int t = 0; t < height; t++) {
            const double *row = s->rows + (size_t)(i + t) * g->n;
            for (int k = 0; k < g->n; k++)
                centred[(size_t)t * g->n + k] =
                    (float)((row[k] - s->means[g->first + i + t]) / s->unit);
        }
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, height, m, g->n, 1, centred, g->n, q,
                    m, 0, image + (size_t)(g->first + i) * m, m);
    }
    rows_gather(g, image, (size_t)m * sizeof *image);
}

static int agree(void *context, int status)
{
    return gang_agree(((const struct operand *)context)->gang, status);
}

int gang_spectrum(struct gang *g, struct gang_space *s)
{
    struct operand operand = {g, s};
    const struct spectrum_operator D = {&operand, multiply, agree};
    const int columns = 1 + s->rank;
    space_write_means(s->means, g->n, s->unit, s->vectors, columns);
    int status = spectrum_of(&D, g->n, s->rank, s->values, s->vectors + 1, columns);
    if (status == STRATA_OK) { /* one answer, whatever the machines' arithmetic */
        MPI_Bcast(s->values, s->rank, MPI_FLOAT, 0, g->comm);
        MPI_Bcast(s->vectors, g->n * columns, MPI_FLOAT, 0, g->comm);
    }
    return status;
}
