#include "strata.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

void strata_use_one_thread(void)
{
    openblas_set_num_threads(1);
}

static double computed(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double strata_product_rate(int n)
{
    n = n < 1000 ? n : 1000;
    const size_t cells = (size_t)n * (size_t)n;
    float *matrices = calloc(3 * cells, sizeof *matrices);
    double seconds = 0;
    int products = 0;
    for (double begin = computed(); matrices && (products < 2 || seconds < 0.05); products++) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, matrices, n,
                    matrices + cells, n, 0, matrices + 2 * cells, n);
        if (products == 0) /* the first one also touches the memory */
            begin = computed();
        seconds = computed() - begin;
    }
    free(matrices);
    return seconds > 0 ? 2 * pow(n, 3) * (products - 1) / seconds : 0;
}
