/* The progress line in a log, and the bar on a terminal (a pseudo-terminal). */
#include "progress.h"
#include "suite.h"

#include <poll.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

/* Runs a progress of `total`, ended at `done`, into a new file; what was written is in text. */
static void show_in_log(int64_t total, int64_t done, char *text, size_t size)
{
    FILE *log = tmpfile();
    struct progress progress;
    progress_begin(&progress, log, "pairs", total);
    progress.begin -= 125;                /* as if begun two minutes ago */
    progress_update(&progress, done / 2); /* too early for another line */
    progress_end(&progress, done);
    rewind(log);
    text[fread(text, 1, size - 1, log)] = '\0';
    fclose(log);
}

static void test_log(void)
{
    char text[400];
    show_in_log(500, 500, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "500/500 pairs  100 %  4.00/s  2:05\n");
    show_in_log(0, 0, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "0/0 pairs  100 %  0.00/s  2:05\n");
    show_in_log(500, PROGRESS_BROKEN, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "");
}

static void test_lines_now_and_then(void)
{
    FILE *log = tmpfile();
    struct progress progress;
    char text[1000] = "";
    progress_begin(&progress, log, "pairs", 1000);
    progress.begin -= 3600;
    for (int k = 0; k < 900; k++) {
        progress.shown -= 0.05; /* 20 updates a second, 45 seconds in all */
        progress_update(&progress, k);
    }
    rewind(log);
    text[fread(text, 1, sizeof text - 1, log)] = '\0';
    int lines = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    CU_ASSERT(lines == 2 || lines == 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1:00:00 so far, "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " left\n"));
    CU_ASSERT_PTR_NULL(strchr(text, '\r'));
    fclose(log);
}

static void test_terminal(void)
{
    char text[1000] = "";
    int master = -1;
    int slave = -1;
    if (openpty(&master, &slave, NULL, NULL, NULL) != 0) {
        CU_PASS("no pseudo-terminals here");
        return;
    }
    FILE *terminal = fdopen(slave, "w");
    struct progress progress;
    progress_begin(&progress, terminal, "pairs", 10);
    progress.shown -= 1;
    progress_update(&progress, 5);
    progress_end(&progress, PROGRESS_BROKEN);
    fflush(terminal);
    size_t length = 0;
    struct pollfd ready = {.fd = master, .events = POLLIN};
    while (strchr(text, '\n') == NULL && poll(&ready, 1, 2000) > 0) { /* it may come in parts */
        length += (size_t)read(master, text + length, sizeof text - 1 - length);
        text[length] = '\0';
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r[###############---------------] 5/10 pairs   50 %"));
    CU_ASSERT_EQUAL(text[strlen(text) - 1], '\n'); /* a message can follow */
    fclose(terminal);
    close(master);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"in a log", test_log},
        {"a line now and then", test_lines_now_and_then},
        {"on a terminal", test_terminal},
    };
    return suite_run("progress", cases, sizeof cases / sizeof *cases);
}
