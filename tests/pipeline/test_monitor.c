/* progress.json while pairs are solved, a folder that goes, and ranks that stall. */
#include "../io/scratch.h"
#include "clock.h"
#include "inputs.h"
#include "monitor.h"
#include "suite.h"

#include <string.h>
#include <unistd.h>

static struct scratch scratch;
static struct input input;
static struct plan plan;
static struct plan_inputs inputs;
static struct monitor monitor;
static struct dispatch *dispatch;
static struct fault fault;
static char seen[4000]; /* progress.json in the middle of the run */

static void read_state(void)
{
    char path[400];
    snprintf(path, sizeof path, "%s/progress.json", scratch.path);
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    seen[fread(seen, 1, sizeof seen - 1, file)] = '\0';
    fclose(file);
}

static bool solve(void *context, struct pair pair)
{
    (void)context;
    if (pair.i == 1 && pair.j == 2) { /* the fourth of six */
        monitor.written = 0;          /* as if a second had gone by */
        CU_ASSERT_EQUAL(monitor_tick(&monitor, dispatch, &fault), 0);
        read_state();
    }
    return pair.i != 0 || pair.j != 1;
}

static void begin(void)
{
    fault = (struct fault){0};
    input_init(&input, 4, 2, 100);
    strcpy(input.names[1], "a \"b\"\\\n");
    input.checkpoints[0].step = 700;
    plan = plan_within(4, 2, 1);
    inputs = (struct plan_inputs){{&input.activations, NULL}};
    CU_ASSERT_EQUAL(monitor_begin(&monitor, scratch.path, &plan, &inputs, 1, &fault), 0);
    monitor.progress.stream = tmpfile();
}

static void end(void)
{
    fclose(monitor.progress.stream);
    monitor_reset(&monitor);
}

static void test_state(void)
{
    struct queue queue;
    const struct dispatch_task task = {solve, NULL, NULL};
    begin();
    monitor_known(&monitor, 6);
    dispatch_new(MPI_COMM_SELF, 0, &task, &dispatch, &fault);
    queue_init(&queue, &plan, 0, 1, 1, &fault);
    CU_ASSERT_FALSE(dispatch_run(dispatch, &queue));
    CU_ASSERT_PTR_NOT_NULL(strstr(seen,
                                  "\"state\": \"solving\",\n  \"done\": 9,\n  \"total\": 12,\n"
                                  "  \"known\": 6,\n  \"failures\": 1,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(seen, "{\"rank\": 0, \"done\": 3, \"state\": \"solving\", "
                                        "\"layers\": [\"a \\\"b\\\"\\\\\\u000a\", \"layer2\"], "
                                        "\"step\": 700, \"replicate\": 0, \"seconds\": 0.0}"));
    monitor_window(&monitor, dispatch);
    monitor_end(&monitor, "complete");
    read_state();
    CU_ASSERT_PTR_NOT_NULL(strstr(seen, "\"state\": \"complete\",\n  \"done\": 12,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(seen, "\"seconds_left\": 0,"));
    queue_reset(&queue);
    dispatch_destroy(&dispatch);
    end();
}

static void test_folder_gone(void)
{
    const struct dispatch_task task = {solve, NULL, NULL};
    begin();
    dispatch_new(MPI_COMM_SELF, 0, &task, &dispatch, &fault);
    free(monitor.temporary);
    monitor.temporary = strdup("/no such folder/x.tmp");
    CU_ASSERT_EQUAL(monitor_tick(&monitor, dispatch, &fault), EXIT_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "removed"));
    dispatch_destroy(&dispatch);
    end();
}

/* What is said about a rank that was last heard of so many seconds ago. */
static void expect_said(double seconds, bool left, const char *text)
{
    char said[400];
    FILE *stream = tmpfile();
    const double now = clock_seconds();
    const struct dispatch_peer peer = {
        .pair = {1, 0, 2}, .since = now - 2 * seconds, .heard = now - seconds, .left = left};
    monitor_look_after(&monitor, 0, &peer, stream);
    rewind(stream);
    said[fread(said, 1, sizeof said - 1, stream)] = '\0';
    fclose(stream);
    CU_ASSERT(*text ? strstr(said, text) != NULL : *said == '\0');
}

static void test_stalled(void)
{
    begin();
    expect_said(20, false, "");
    expect_said(100, true, "");
    expect_said(100, false,
                "rank 0 has been silent for 100 s, comparing \"layer0\" with \"layer2\" at step 0, "
                "begun 200 s ago");
    expect_said(101, false, ""); /* once */
    expect_said(0, false, "rank 0 is back");
    expect_said(0, false, "");
    expect_said(200, false, "silent for 200 s");
    end();
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"progress.json", test_state},
        {"a folder that goes", test_folder_gone},
        {"a rank that stalls", test_stalled},
    };
    MPI_Init(&argc, &argv);
    scratch = scratch_new();
    int failed = suite_run("monitor", cases, sizeof cases / sizeof *cases);
    scratch_remove(&scratch);
    MPI_Finalize();
    return failed;
}
