/* One run at a time in an output folder. */
#ifndef STRATA_LOCK_H
#define STRATA_LOCK_H

#include "fault.h"

/* Takes the lock <directory>/.lock for this process: *lock is to be given to lock_release. The
 * kernel holds it, so a run that dies has left it. EXIT_INPUT, with host and process, while another
 * has it. On a file system that has no locks, *lock is -1, with a line to stderr. */
int lock_take(const char *directory, int *lock, struct fault *fault);
void lock_release(int *lock);

#endif
