/* Stopping on request: SIGTERM, SIGINT and SIGUSR1 (which Slurm sends before a time limit).
 *
 * The handler notes the signal; the ranks leave their solves at the next tick, and tell one another
 * through the dispatch. Where that takes too long (a rank builds a large space, reads, or draws),
 * the process ends as it stands after 1.5 s: all that is solved is in the ledger, and every file of
 * the output is complete or absent. Launchers kill after two seconds. */
#ifndef STRATA_STOP_H
#define STRATA_STOP_H

/* Installs the handlers. announce: this process prints the message of a forced end. */
void stop_install(int announce);

/* The first signal that came, or 0. */
int stop_signal(void);

/* "SIGTERM"; "a signal" for others. */
const char *stop_name(int signal);

#endif
