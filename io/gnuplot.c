#define _GNU_SOURCE /* memfd_create */
#include "gnuplot.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Starts gnuplot with these as stdin and stderr; 0 or errno. */
static int start(int input, int errors, pid_t *child)
{
    char *const arguments[] = {"gnuplot", "-d", NULL}; /* -d: not the user's ~/.gnuplot */
    posix_spawn_file_actions_t actions;
    int reason = posix_spawn_file_actions_init(&actions);
    if (reason)
        return reason;
    reason = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (!reason)
        reason = posix_spawn_file_actions_adddup2(&actions, errors, STDOUT_FILENO);
    if (!reason)
        reason = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    if (!reason)
        reason = posix_spawnp(child, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return reason;
}

static bool ended_well(pid_t child)
{
    int status = -1;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int write_all(int descriptor, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t written = write(descriptor, text, left);
        if (written < 0 && errno != EINTR)
            return errno;
        text += written > 0 ? written : 0;
        left -= written > 0 ? (size_t)written : 0;
    }
    return lseek(descriptor, 0, SEEK_SET) < 0 ? errno : 0;
}

enum gnuplot_outcome gnuplot_run(const char *script, char *message, size_t size)
{
    enum gnuplot_outcome outcome = GNUPLOT_FAILED;
    pid_t child = 0;
    int input = memfd_create("gnuplot-script", MFD_CLOEXEC);
    int errors = memfd_create("gnuplot-errors", MFD_CLOEXEC);
    int reason = input < 0 || errors < 0 ? errno : write_all(input, script);
    if (!reason)
        reason = start(input, errors, &child);
    if (reason) {
        if (reason == ENOENT || reason == EACCES)
            outcome = GNUPLOT_MISSING;
        snprintf(message, size, "cannot start gnuplot: %s", strerror(reason));
    } else {
        if (ended_well(child))
            outcome = GNUPLOT_DONE;
        ssize_t got = pread(errors, message, size - 1, 0);
        message[got > 0 ? got : 0] = '\0';
    }
    if (input >= 0)
        close(input);
    if (errors >= 0)
        close(errors);
    return outcome;
}

enum gnuplot_outcome gnuplot_terminals(struct gnuplot_terminals *terminals)
{
    char list[4096];
    enum gnuplot_outcome outcome = gnuplot_run("print GPVAL_TERMINALS\n", list, sizeof list);
    bool done = outcome == GNUPLOT_DONE;
    terminals->pngcairo = done && strstr(list, " pngcairo ");
    terminals->png = done && strstr(list, " png ");
    terminals->svg = done && strstr(list, " svg ");
    terminals->pdfcairo = done && strstr(list, " pdfcairo ");
    return outcome;
}
