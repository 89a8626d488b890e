"""The one error of the exporter, and what its messages are made of."""


class ExportError(Exception):
    """Input that cannot be recorded as asked; the text names what and says what to do."""


def quoted(names):
    return ", ".join("'%s'" % n for n in names)


def one_of(what, value, known):
    if value not in known:
        raise ExportError("%s '%s' is not one of %s" % (what, value, quoted(known)))
