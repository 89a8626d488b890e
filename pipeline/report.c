#include "report.h"
#include "figures.h"
#include "output.h"
#include "recognise.h"
#include "settings.h"
#include "summary.h"
#include "text.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

static const char *const first_pictures[] = {[RESULTS_WITHIN] = "overview and series",
                                             [RESULTS_ACROSS] = "across",
                                             [RESULTS_AGAINST] = "overview"};

int report(const struct results *results, const char *results_path, const char *directory,
           uint32_t figures, struct fault *fault)
{
    int pictures = 0;
    char *table = output_path(directory, "summary.csv");
    if (table == NULL)
        return fault_set(fault, EXIT_SYSTEM, "memory is short");
    summary_print(results, stdout);
    if (summary_csv(results, table, fault) == 0 &&
        (figures == 0 || figures_draw(results, directory, figures, &pictures, fault) == 0)) {
        printf("\nresults   %s\ntable     %s\n", results_path, table);
        if (pictures > 0)
            printf("pictures  %s/figures/ (%d files; start with %s)\n", directory, pictures,
                   first_pictures[results->comparison]);
    }
    free(table);
    return fault->status;
}

static uint32_t configured_figures(const struct results *results)
{
    struct settings settings = {0};
    struct fault unreadable = {0};
    const char *text = results->configuration ? results->configuration : "";
    config_load_text(settings_table, "/provenance/configuration", text, &settings, &unreadable);
    const uint32_t figures = unreadable.status ? FIGURE_PNG | FIGURE_SVG : settings.output.figures;
    config_reset(settings_table, &settings);
    return figures;
}

int report_file(const char *results_path, const char *directory, struct fault *fault)
{
    struct results *results = NULL;
    char *copy = strdup(results_path);
    if (copy == NULL)
        return fault_set(fault, EXIT_SYSTEM, "memory is short");
    const char *folder = directory != NULL ? directory : dirname(copy);
    if (has_format(results_path, "sweep"))
        fault_set(fault, EXIT_INPUT,
                  "%s: the table of a sweep; expected results.h5 of a run. strata sweep CONFIG "
                  "--gather makes the table and the pictures of a sweep again, strata inspect "
                  "prints it",
                  escape(results_path).text);
    else if (results_read(results_path, &results, fault) == 0 && output_prepare(folder, fault) == 0)
        report(results, results_path, folder, configured_figures(results), fault);
    results_destroy(&results);
    free(copy);
    return fault->status;
}
