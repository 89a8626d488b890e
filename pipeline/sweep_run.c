#include "sweep_run.h"
#include "stop.h"
#include "sweep.h"
#include "sweep_gather.h"

#include <stdio.h>
#include <stdlib.h>

/* Collective: how many members there are. */
static int64_t count_members(const struct sweep_source *source, MPI_Comm comm, int rank,
                             struct fault *fault)
{
    struct sweep sweep = {0};
    if (rank == 0)
        sweep_open(source, &sweep, fault);
    int64_t count = sweep.members.member_count;
    sweep_reset(&sweep);
    if (fault_agree(fault, comm))
        return 0;
    MPI_Bcast(&count, 1, MPI_INT64_T, 0, comm);
    return count;
}

/* Collective: tells of the members that cannot run, which would else come out when their turn
 * comes, after hours or days. */
static void check_members(const struct run_options *options, int64_t count, MPI_Comm comm, int rank)
{
    struct run_options one = *options;
    int64_t bad = 0;
    one.check = true;
    for (one.member = 0; one.member < count; one.member++) {
        struct fault fault = {0};
        if (run(&one, comm, &fault) == 0)
            continue;
        bad++;
        if (rank == 0)
            fprintf(stderr, "strata: member %lld cannot run: %s\n", (long long)one.member,
                    fault.text);
    }
    if (rank == 0 && bad > 0 && bad < count)
        fprintf(
            stderr,
            "strata: %lld of %lld members cannot run, the others do now; once these are mended, "
            "the same command runs them\n",
            (long long)bad, (long long)count);
}

/* Collective: one member. Its fault is told here, and the sweep goes on. */
static int run_member(const struct run_options *options, int64_t member, int64_t count,
                      MPI_Comm comm, int rank)
{
    struct run_options one = *options;
    struct fault fault = {0};
    one.member = member;
    if (rank == 0) {
        printf("\n== member %lld of %lld\n", (long long)member, (long long)count);
        fflush(stdout);
    }
    int status = run(&one, comm, &fault);
    if (rank == 0 && fault.status)
        fprintf(stderr, "strata: member %lld: %s\n", (long long)member, fault.text);
    return status;
}

int sweep_run(const struct run_options *options, MPI_Comm comm, struct fault *fault)
{
    const struct sweep_source source = {options->config, options->overrides,
                                        options->override_count};
    int rank = 0;
    int status = 0;
    MPI_Comm_rank(comm, &rank);
    const int64_t count = count_members(&source, comm, rank, fault);
    if (!options->dry_run)
        check_members(options, count, comm, rank);
    for (int64_t m = 0; m < count && status != EXIT_STOPPED; m++)
        status = run_member(options, m, count, comm, rank);
    if (fault->status || status == EXIT_STOPPED || options->dry_run)
        return fault->status ? fault->status : status;
    if (rank == 0) {
        puts("");
        status = sweep_gather(&source, fault);
    }
    fault_agree(fault, comm);
    MPI_Bcast(&status, 1, MPI_INT, 0, comm);
    return fault->status ? fault->status : status;
}
