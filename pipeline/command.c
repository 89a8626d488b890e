#include "command.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool command_is_first_rank(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                        "SLURM_PROCID"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const char *rank = getenv(names[k]);
        if (rank != NULL)
            return strcmp(rank, "0") == 0;
    }
    return true;
}

/* A rank that ends with an error before MPI_Init makes mpirun end the others: give rank 0 the time
 * to say why. */
static void let_rank_0_speak(void)
{
    int initialized = 0;
    MPI_Initialized(&initialized);
    if (!initialized)
        sleep(1);
}

void command_silence_other_ranks(void)
{
    if (command_is_first_rank())
        return;
    FILE *null = freopen("/dev/null", "w", stdout);
    if (null == NULL)
        exit(EXIT_SYSTEM);
    stderr = null;
    atexit(let_rank_0_speak);
}

_Noreturn void command_out_of_memory(void)
{
    dprintf(STDERR_FILENO, "strata: memory is short\n");
    exit(EXIT_SYSTEM);
}

int command_finish(const struct fault *fault)
{
    if (fault->status)
        fprintf(stderr, "strata: %s\n", fault->text);
    return fault->status;
}
