#define _GNU_SOURCE /* locks of an open file: closing another handle of it keeps them */
#include "lock.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Who has it, for the one who is refused. */
static void sign(int file)
{
    char host[128] = "";
    char text[200];
    gethostname(host, sizeof host - 1);
    int length = snprintf(text, sizeof text, "process %ld on %s", (long)getpid(), host);
    if (ftruncate(file, 0) != 0 || pwrite(file, text, (size_t)length, 0) != length)
        errno = 0; /* only the message is poorer */
}

static int refuse(const char *directory, int file, struct fault *fault)
{
    char holder[200] = "";
    if (pread(file, holder, sizeof holder - 1, 0) <= 0)
        snprintf(holder, sizeof holder, "another process");
    return fault_set(
        fault, EXIT_INPUT,
        "\"%s\" is in use by another run (%s); wait for it, stop it, or choose another "
        "folder with --out",
        directory, holder);
}

int lock_take(const char *directory, int *lock, struct fault *fault)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *path = output_path(directory, ".lock");
    if (path == NULL)
        return fault_set(fault, EXIT_SYSTEM, "memory is short");
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0)
        fault_set(fault, EXIT_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    else if (fcntl(file, F_OFD_SETLK, &whole) == 0)
        sign(file);
    else if (errno == EAGAIN || errno == EACCES)
        refuse(directory, file, fault);
    else
        fprintf(stderr,
                "strata: %s: this file system has no locks (%s): take care that no other run "
                "uses the folder\n",
                path, strerror(errno));
    if (fault->status && file >= 0)
        close(file);
    *lock = fault->status ? -1 : file;
    free(path);
    return fault->status;
}

void lock_release(int *lock)
{
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
}
