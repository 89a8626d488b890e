#include "output.h"
#include "results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *output_path(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s/%s", directory, name);
    return path;
}

static int make_directories(const char *directory, struct fault *fault)
{
    char *path = output_path(directory, "");
    if (path == NULL)
        return fault_set(fault, EXIT_SYSTEM, "memory is short");
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            fault_set(fault, EXIT_INPUT, "output.directory: cannot make folder \"%s\": %s", path,
                      strerror(errno));
            break;
        }
        *slash = '/';
    }
    free(path);
    return fault->status;
}

static int check_writable(const char *directory, struct fault *fault)
{
    struct stat info;
    if (stat(directory, &info) != 0 || !S_ISDIR(info.st_mode))
        return fault_set(fault, EXIT_INPUT, "output.directory: \"%s\" is not a folder", directory);
    char *probe = output_path(directory, ".strata-probe-XXXXXX");
    int file = probe ? mkstemp(probe) : -1;
    if (file < 0)
        fault_set(fault, EXIT_INPUT,
                  "output.directory: cannot write into \"%s\": %s; choose another with --out",
                  directory, strerror(errno));
    else {
        close(file);
        unlink(probe);
    }
    free(probe);
    return fault->status;
}

/* Lines of a configuration that do not change the numbers. */
static bool is_decisive(const char *line, const char *section)
{
    return strncmp(section, "output:", 7) != 0 && strncmp(line, "  memory:", 9) != 0;
}

/* The next decisive line of *text (without its newline) into line[size]; false at the end. */
static bool next_line(const char **text, char *section, char *line, size_t size)
{
    while (**text != '\0') {
        size_t length = strcspn(*text, "\n");
        snprintf(line, size, "%.*s", (int)(length < size ? length : size - 1), *text);
        *text += length + ((*text)[length] == '\n');
        if (line[0] != ' ')
            snprintf(section, size, "%s", line);
        if (is_decisive(line, section))
            return true;
    }
    line[0] = '\0';
    return false;
}

enum { LINE = 400 };

/* Whether two configurations give the same numbers; where[] tells the first difference. */
static bool same_run(const char *then, const char *now, char where[3 * LINE])
{
    char section_then[LINE] = "";
    char section_now[LINE] = "";
    char line_then[LINE];
    char line_now[LINE];
    for (bool more = true; more;) {
        bool a = next_line(&then, section_then, line_then, LINE);
        bool b = next_line(&now, section_now, line_now, LINE);
        if (a != b || strcmp(line_then, line_now) != 0) {
            snprintf(where, 3 * LINE, "%s there \"%s\", now \"%s\"", section_now,
                     line_then + strspn(line_then, " "), line_now + strspn(line_now, " "));
            return false;
        }
        more = a && b;
    }
    return true;
}

static int check_same_run(const char *directory, const char *configuration, const char *input,
                          struct fault *fault)
{
    struct results *results = NULL;
    struct fault unreadable = {0};
    char where[3 * LINE] = "";
    char *path = output_path(directory, "results.h5");
    if (path != NULL && access(path, F_OK) == 0) {
        if (results_read(path, &results, &unreadable))
            fault_set(fault, EXIT_INPUT, "%s; use --fresh to replace it, or another --out",
                      unreadable.text);
        else if (!same_run(results->configuration, configuration, where))
            fault_set(fault, EXIT_INPUT,
                      "\"%s\" holds a different run: %s; choose another folder with --out, or "
                      "replace it with --fresh",
                      directory, where);
        else if (strcmp(results->input, input) != 0)
            fault_set(fault, EXIT_INPUT,
                      "\"%s\" holds a run over other input (there %s, now %s); choose another "
                      "folder with --out, or replace it with --fresh",
                      directory, results->input, input);
    }
    results_destroy(&results);
    free(path);
    return fault->status;
}

int output_prepare(const char *directory, const char *configuration, const char *input, bool fresh,
                   struct fault *fault)
{
    if (make_directories(directory, fault) || check_writable(directory, fault))
        return fault->status;
    return fresh ? 0 : check_same_run(directory, configuration, input, fault);
}
