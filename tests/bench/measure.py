"""What the benchmarks share: seconds, and what they depend on."""

import os
import platform
import time

ABOVE = 1e-6  # a loss counts as above another's by more than this part


def timed(function, *arguments):
    begin = time.perf_counter()
    value = function(*arguments)
    return value, time.perf_counter() - begin


def machine(*modules):
    """The processor, how busy it is, the date, and the versions of the modules."""
    model = platform.processor()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            model = next(line.split(":")[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    versions = {module.__name__: module.__version__ for module in modules}
    return {"processor": model, "python": platform.python_version(), **versions,
            "load_average": os.getloadavg()[0], "date": time.strftime("%Y-%m-%d %H:%M:%S")}
