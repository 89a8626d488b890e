#include "machine.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The number after a key in a file of lines, or 0. An empty key: the file's first number. */
static size_t read_number(const char *path, const char *key)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    char line[256];
    char format[64];
    unsigned long long value = 0;
    snprintf(format, sizeof format, "%s %%llu", key);
    while (fgets(line, sizeof line, file) && sscanf(line, format, &value) != 1)
        value = 0;
    fclose(file);
    return (size_t)value;
}

static size_t least(size_t a, size_t b)
{
    return b > 0 && b < a ? b : a;
}

size_t machine_memory(void)
{
    size_t bytes = read_number("/proc/meminfo", "MemAvailable:") * 1024;
    bytes = bytes ? bytes : (size_t)1 << 32;
    bytes = least(bytes, read_number("/sys/fs/cgroup/memory.max", ""));
    const char *slurm = getenv("SLURM_MEM_PER_NODE"); /* MB */
    if (slurm != NULL)
        bytes = least(bytes, (size_t)strtoull(slurm, NULL, 10) << 20);
    return bytes;
}

size_t machine_shared_memory(void)
{
    struct statvfs room;
    return statvfs("/dev/shm", &room) == 0 ? (size_t)room.f_bavail * room.f_frsize : SIZE_MAX;
}

size_t machine_resident(void)
{
    return read_number("/proc/self/status", "VmRSS:") * 1024;
}

size_t machine_bytes_read(void)
{
    return read_number("/proc/self/io", "rchar:");
}

int machine_cores(void)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (int)cores : 1;
}
