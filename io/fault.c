#include "fault.h"

#include <stdarg.h>
#include <stdio.h>

int fault_set(struct fault *fault, int status, const char *format, ...)
{
    if (fault->status == 0) {
        va_list arguments;
        va_start(arguments, format);
        fault->status = status;
        vsnprintf(fault->text, sizeof fault->text, format, arguments);
        va_end(arguments);
    }
    return fault->status;
}

int fault_agree(struct fault *fault, MPI_Comm comm)
{
    int rank = 0;
    int size = 1;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    int mine = fault->status ? rank : size;
    int first = size;
    MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, comm);
    if (first < size)
        MPI_Bcast(fault, (int)sizeof *fault, MPI_BYTE, first, comm);
    return fault->status;
}
