/* How a failure travels from where it is seen to the user.
 *
 * A function that can fail returns 0 or one of the exit statuses below, and writes one message into
 * the caller's struct fault: what, where, what was expected, what was found, what to do. The first
 * message is kept. Nothing in io/ or pipeline/ prints an error or ends the process by itself. */
#ifndef STRATA_FAULT_H
#define STRATA_FAULT_H

#include <mpi.h>

/* The exit statuses of the program (README, "Exit status"). */
enum {
    EXIT_COMPLETE = 0, /* all there */
    EXIT_SYSTEM = 1,   /* a fault of the program or of the system: memory, disk, a library */
    EXIT_INPUT = 2,    /* bad usage, configuration or input: the user can mend it */
    EXIT_PARTIAL = 3,  /* finished, but some pairs failed and are marked */
    EXIT_STOPPED = 4   /* stopped early; the same command goes on from there */
};

struct fault {
    int status;      /* 0: none */
    char text[2048]; /* the message, without "strata: " and without a final newline */
};

/* Records a failure, unless one is recorded already, and returns the recorded status. */
int fault_set(struct fault *fault, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Collective over comm: if any rank has a fault, all get the one of the lowest such rank, so that
 * all leave together. Returns the agreed status. Every fallible phase of a collective operation
 * ends with one call of this, and nobody returns before it. */
int fault_agree(struct fault *fault, MPI_Comm comm);

#endif
