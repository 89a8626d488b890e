/* Foreign text in messages: names out of files may hold anything, a message stays one clean line.
 */
#ifndef STRATA_TEXT_H
#define STRATA_TEXT_H

struct quoted {
    char text[320];
};

/* The name between double quotes, with quotes, backslashes and control characters escaped, and cut
 * short with "..." where it is very long. By value, so that quote(name).text can stand among the
 * arguments of a call: it lives until the call returns. NULL reads as the empty string. */
struct quoted quote(const char *name);

/* The same without the surrounding quotes, and with quotes and backslashes as they are. */
struct quoted escape(const char *name);

/* The ending of a noun of which there are so many. */
static inline const char *plural(long long count)
{
    return count == 1 ? "" : "s";
}

#endif
