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

/* A line of a configuration, without its newline: borrowed text. */
struct line {
    const char *text;
    int length;
};

static bool same_line(struct line a, struct line b)
{
    return a.length == b.length && strncmp(a.text, b.text, (size_t)a.length) == 0;
}

static bool starts(struct line line, const char *with)
{
    return strncmp(line.text, with, strlen(with)) == 0;
}

/* Takes the next line that bears on the numbers from *text, and its section; false at the end. */
static bool next_line(const char **text, struct line *section, struct line *line)
{
    while (**text != '\0') {
        *line = (struct line){*text, (int)strcspn(*text, "\n")};
        *text += line->length + ((*text)[line->length] == '\n');
        if (!starts(*line, " "))
            *section = *line;
        const int indentation = (int)strspn(line->text, " ");
        line->text += indentation;
        line->length -= indentation;
        if (!starts(*section, "output:") && !starts(*line, "memory:"))
            return true;
    }
    *line = (struct line){"", 0};
    return false;
}

/* Whether two configurations give the same numbers; where[size] tells the first difference. */
static bool same_run(const char *then, const char *now, char *where, size_t size)
{
    struct line section = {"", 0};
    struct line section_now = {"", 0};
    struct line old = {"", 0};
    struct line new = {"", 0};
    bool more = true;
    while (more && same_line(old, new)) {
        more = next_line(&then, &section, &old);
        more = next_line(&now, &section_now, &new) || more;
    }
    snprintf(where, size, "%.*s there \"%.*s\", now \"%.*s\"", section_now.length, section_now.text,
             old.length, old.text, new.length, new.text);
    return same_line(old, new);
}

static int check_same_run(const char *directory, const char *configuration, const char *input,
                          struct fault *fault)
{
    struct results *results = NULL;
    struct fault unreadable = {0};
    char where[1024];
    char *path = output_path(directory, "results.h5");
    if (path == NULL)
        fault_set(fault, EXIT_SYSTEM, "memory is short");
    else if (access(path, F_OK) == 0) {
        if (results_read(path, &results, &unreadable))
            fault_set(fault, EXIT_INPUT, "%s; use --fresh to replace it, or another --out",
                      unreadable.text);
        else if (!same_run(results->configuration, configuration, where, sizeof where))
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
