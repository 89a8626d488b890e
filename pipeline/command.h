/* What the commands of the program share: who speaks, and how a command ends. */
#ifndef STRATA_COMMAND_H
#define STRATA_COMMAND_H

#include "fault.h"

#include <stdbool.h>

/* Whether this process is rank 0. Known before MPI_Init only from what the launcher put into the
 * environment. */
bool command_is_first_rank(void);

/* Ranks other than 0 of an MPI job stay silent: rank 0 says it for all. The descriptor of stderr
 * stays what it was, for what this rank alone can say. */
void command_silence_other_ranks(void);

/* Before MPI_Init a rank speaks for itself. */
_Noreturn void command_out_of_memory(void);

/* Says what was wrong, if anything. Returns the exit status. */
int command_finish(const struct fault *fault);

/* Commands that only read files, without MPI: from their arguments to the exit status. */
int inspect_main(int argc, char **argv);
int report_main(int argc, char **argv);

#endif
