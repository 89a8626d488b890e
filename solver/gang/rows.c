#include "rows.h"

#include <string.h>

int rows_owner(const struct gang *g, int i)
{
    int64_t tiles = ((int64_t)g->n + ROW_TILE - 1) / ROW_TILE;
    int64_t tile = i / ROW_TILE;
    return (int)(((tile + 1) * g->ranks - 1) / tiles);
}

void rows_gather(const struct gang *g, void *vector, size_t bytes)
{
    MPI_Datatype element = MPI_DATATYPE_NULL;
    MPI_Type_contiguous((int)bytes, MPI_BYTE, &element);
    MPI_Type_commit(&element);
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, vector, g->counts, g->begin, element,
                   g->comm);
    MPI_Type_free(&element);
}

void rows_of_round(const struct gang *g, int r, int round, int *begin, int *end)
{
    int64_t from = g->begin[r] + (int64_t)round * g->chunk;
    int64_t to = from + g->chunk;
    *begin = (int)(from < g->begin[r + 1] ? from : g->begin[r + 1]);
    *end = (int)(to < g->begin[r + 1] ? to : g->begin[r + 1]);
}

void rows_exchange(struct gang *g, const double *matrix, const int *wanted, int round)
{
    const size_t n = (size_t)g->n;
    double *into = (double *)g->incoming;
    int requests = 0;
    int begin = 0;
    int end = 0;
    rows_of_round(g, g->rank, round, &begin, &end);
    for (int i = begin; i < end; i++, into += n) {
        int owner = rows_owner(g, wanted[i]);
        if (owner == g->rank)
            memcpy(into, matrix + (size_t)(wanted[i] - g->first) * n, n * sizeof *into);
        else
            MPI_Irecv(into, g->n, MPI_DOUBLE, owner, 0, g->comm, &g->requests[requests++]);
    }
    for (int r = 0; r < g->ranks; r++) {
        rows_of_round(g, r, round, &begin, &end);
        for (int i = begin; i < end && r != g->rank; i++) {
            if (rows_owner(g, wanted[i]) == g->rank)
                MPI_Isend(matrix + (size_t)(wanted[i] - g->first) * n, g->n, MPI_DOUBLE, r, 0,
                          g->comm, &g->requests[requests++]);
        }
    }
    MPI_Waitall(requests, g->requests, MPI_STATUSES_IGNORE);
}

int rows_rounds(const struct gang *g)
{
    int rounds = 0;
    for (int r = 0; r < g->ranks; r++) {
        int of_rank = (g->counts[r] + g->chunk - 1) / g->chunk;
        rounds = of_rank > rounds ? of_rank : rounds;
    }
    return rounds;
}

void rows_fetch(struct gang *g, const double *matrix, const int *wanted, rows_visit *visit,
                void *context)
{
    const int rounds = rows_rounds(g);
    for (int round = 0; round < rounds; round++) {
        rows_exchange(g, matrix, wanted, round);
        int begin = 0;
        int end = 0;
        rows_of_round(g, g->rank, round, &begin, &end);
        for (int i = begin; i < end; i++)
            visit(context, i, (const double *)g->incoming + (size_t)(i - begin) * (size_t)g->n);
    }
}

double rows_sum(const struct gang *g, const double *vector)
{
    double sum = 0;
    for (int i = 0; i < g->n; i++)
        sum += vector[i];
    return sum;
}

double rows_maximum(const struct gang *g, double value)
{
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, MPI_MAX, g->comm);
    return value;
}
