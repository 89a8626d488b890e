#include "stop.h"
#include "fault.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t first_signal;
static volatile sig_atomic_t announces;

static const struct {
    int signal;
    const char *name;
} signals[] = {{SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGUSR1, "SIGUSR1"}};

static void end_now(int signal)
{
    (void)signal;
    static const char text[] = "strata: stopped while busy; what was solved is in the ledger, and "
                               "the same command goes on from there\n";
    if (announces && write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(EXIT_STOPPED);
    _exit(EXIT_STOPPED);
}

static void note(int signal)
{
    if (first_signal != 0)
        return;
    first_signal = signal;
    const struct itimerval patience = {.it_value = {1, 500000}};
    setitimer(ITIMER_REAL, &patience, NULL);
}

void stop_install(int announce)
{
    announces = announce;
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t k = 0; k < sizeof signals / sizeof *signals; k++)
        sigaction(signals[k].signal, &action, NULL);
    action.sa_handler = end_now;
    sigaction(SIGALRM, &action, NULL);
    action.sa_handler =
        SIG_IGN; /* a limit on the size of files is a write that fails, with a message */
    sigaction(SIGXFSZ, &action, NULL);
}

int stop_signal(void)
{
    return first_signal;
}

const char *stop_name(int signal)
{
    for (size_t k = 0; k < sizeof signals / sizeof *signals; k++)
        if (signals[k].signal == signal)
            return signals[k].name;
    return "a signal";
}
