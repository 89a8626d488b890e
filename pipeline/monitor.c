#include "monitor.h"
#include "clock.h"
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void print_time(char *text, size_t size)
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

int monitor_begin(struct monitor *m, const char *directory, const struct plan *plan,
                  const struct plan_inputs *inputs, int ranks, struct fault *fault)
{
    char name[64];
    snprintf(name, sizeof name, ".progress.json.%ld.tmp", (long)getpid());
    *m = (struct monitor){.plan = plan,
                          .inputs = *inputs,
                          .path = output_path(directory, "progress.json"),
                          .temporary = output_path(directory, name),
                          .ranks = ranks,
                          .total = plan->pairs,
                          .begin = clock_seconds(),
                          .silent = calloc((size_t)ranks, sizeof *m->silent)};
    print_time(m->started, sizeof m->started);
    if (!m->path || !m->temporary || !m->silent) {
        monitor_reset(m);
        return fault_set(fault, EXIT_SYSTEM, "memory is short");
    }
    progress_begin(&m->progress, stderr, "pairs", m->total);
    return 0;
}

void monitor_reset(struct monitor *m)
{
    free(m->path);
    free(m->temporary);
    free(m->silent);
    *m = (struct monitor){0};
}

void monitor_known(struct monitor *m, int64_t pairs)
{
    m->known += pairs;
    m->progress.known = m->known;
}

/* What the ranks of a dispatch are. */
static const char *peer_name(const struct monitor *m)
{
    return m->plan->gang.applies ? "gang" : "rank";
}

/* Pairs of this run that are done, and how many of these have no value. dispatch may be NULL. */
static int64_t count_done(const struct monitor *m, const struct dispatch *dispatch, int64_t *failed)
{
    int64_t done = m->before;
    *failed = m->failed;
    for (int r = 0; dispatch && r < dispatch_size(dispatch); r++) {
        done += dispatch_peer(dispatch, r)->done;
        *failed += dispatch_peer(dispatch, r)->failed;
    }
    return done;
}

void monitor_window(struct monitor *m, const struct dispatch *dispatch)
{
    m->before = count_done(m, dispatch, &m->failed);
}

/* --- What a rank works on --------------------------------------------------------------------- */

static struct place place_of(const struct monitor *m, int space, const struct dispatch_peer *peer)
{
    return plan_place(m->plan, peer->pair.frame, space);
}

static const char *layer_of(const struct monitor *m, const struct place *place)
{
    return m->inputs.of[place->input]->layers[place->layer];
}

static int64_t step_of(const struct monitor *m, const struct dispatch_peer *peer)
{
    return m->inputs.of[0]->checkpoints[peer->pair.frame % m->plan->checkpoints].step;
}

/* --- progress.json --------------------------------------------------------------------------- */

static void print_json_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(file, "\\%c", *c);
        else if (*c < 0x20)
            fprintf(file, "\\u%04x", *c);
        else
            fputc(*c, file);
    }
    fputc('"', file);
}

static void print_rank(const struct monitor *m, int rank, const struct dispatch_peer *peer,
                       FILE *file)
{
    fprintf(file, "%s\n    {\"%s\": %d, \"done\": %lld, ", rank > 0 ? "," : "", peer_name(m), rank,
            (long long)peer->done);
    if (peer->pair.frame < 0) {
        fputs("\"state\": \"idle\"}", file);
        return;
    }
    const struct place a = place_of(m, peer->pair.i, peer);
    const struct place b = place_of(m, peer->pair.j, peer);
    fputs("\"state\": \"solving\", \"layers\": [", file);
    print_json_text(file, layer_of(m, &a));
    fputs(", ", file);
    print_json_text(file, layer_of(m, &b));
    fprintf(file, "], \"step\": %lld, \"replicate\": %d, \"seconds\": %.1f}",
            (long long)step_of(m, peer), peer->pair.frame / m->plan->checkpoints,
            clock_seconds() - peer->since);
}

static void print_state(const struct monitor *m, const struct dispatch *dispatch, const char *state,
                        FILE *file)
{
    char updated[32];
    int64_t failed = 0;
    const int64_t done = count_done(m, dispatch, &failed);
    const int64_t left = m->total - m->known - done;
    const double seconds = clock_seconds() - m->begin;
    const double rate = seconds > 0 ? (double)done / seconds : 0;
    print_time(updated, sizeof updated);
    fprintf(file,
            "{\n  \"state\": \"%s\",\n  \"done\": %lld,\n  \"total\": %lld,\n  \"known\": %lld,\n"
            "  \"failures\": %lld,\n  \"rate\": %.4g,\n",
            state, (long long)(m->known + done), (long long)m->total, (long long)m->known,
            (long long)failed, rate);
    if (left == 0 || rate > 0)
        fprintf(file, "  \"seconds_left\": %.0f,\n", left > 0 ? (double)left / rate : 0);
    else
        fputs("  \"seconds_left\": null,\n", file);
    fprintf(file, "  \"started\": \"%s\",\n  \"updated\": \"%s\",\n  \"%ss\": [", m->started,
            updated, peer_name(m));
    for (int r = 0; dispatch && r < dispatch_size(dispatch); r++)
        print_rank(m, r, dispatch_peer(dispatch, r), file);
    fputs(dispatch ? "\n  ]\n}\n" : "]\n}\n", file);
}

static int write_state(struct monitor *m, const struct dispatch *dispatch, const char *state,
                       struct fault *fault)
{
    FILE *file = fopen(m->temporary, "w");
    bool failed = file == NULL;
    if (file != NULL) {
        print_state(m, dispatch, state, file);
        failed = ferror(file) != 0;
        failed = fclose(file) != 0 || failed;
    }
    if (failed || rename(m->temporary, m->path) != 0) {
        const int reason = errno;
        unlink(m->temporary);
        return fault_set(
            fault, EXIT_SYSTEM, "%s: cannot be written: %s%s", m->path, strerror(reason),
            reason == ENOENT ? "; was the output folder removed or renamed?"
                             : "; what was solved before is kept, and the same command "
                               "goes on from there");
    }
    return 0;
}

/* --- Silent ranks ---------------------------------------------------------------------------- */

/* A rank says every 5 s that it lives, but not while it builds a large mm-space. */
static const double patience = 60; /* seconds */

/* "comparing …" */
static void describe_work(const struct monitor *m, const struct dispatch_peer *peer, FILE *stream)
{
    if (peer->pair.frame < 0) {
        fputs("with nothing to do", stream);
        return;
    }
    const struct place a = place_of(m, peer->pair.i, peer);
    const struct place b = place_of(m, peer->pair.j, peer);
    fprintf(stream, "comparing \"%s\" with \"%s\" at step %lld, begun %.0f s ago", layer_of(m, &a),
            layer_of(m, &b), (long long)step_of(m, peer), clock_seconds() - peer->since);
}

void monitor_look_after(struct monitor *m, int rank, const struct dispatch_peer *peer, FILE *stream)
{
    const double silence = clock_seconds() - peer->heard;
    const bool silent = silence > patience && !peer->left;
    if (silent && !m->silent[rank]) {
        progress_end(&m->progress, PROGRESS_BROKEN);
        fprintf(stream, "strata: %s %d has been silent for %.0f s, ", peer_name(m), rank, silence);
        describe_work(m, peer, stream);
        fputs("; is its node alive?\n", stream);
    } else if (!silent && m->silent[rank]) {
        progress_end(&m->progress, PROGRESS_BROKEN);
        fprintf(stream, "strata: %s %d is back\n", peer_name(m), rank);
    }
    m->silent[rank] = silent;
}

/* --- All ------------------------------------------------------------------------------------- */

int monitor_tick(struct monitor *m, const struct dispatch *dispatch, struct fault *fault)
{
    int64_t failed = 0;
    const double now = clock_seconds();
    progress_update(&m->progress, m->known + count_done(m, dispatch, &failed));
    if (now - m->written < 1)
        return 0;
    m->written = now;
    for (int r = 1; r < dispatch_size(dispatch); r++)
        monitor_look_after(m, r, dispatch_peer(dispatch, r), stderr);
    return write_state(m, dispatch, "solving", fault);
}

void monitor_solved(struct monitor *m, const struct fault *fault)
{
    progress_end(&m->progress, fault->status ? PROGRESS_BROKEN : m->known + m->before);
}

void monitor_end(struct monitor *m, const char *state)
{
    struct fault ignored = {0}; /* whatever ended the run is more to the point */
    if (m->path == NULL)
        return;
    write_state(m, NULL, state, &ignored);
}
