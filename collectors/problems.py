"""What went wrong with a source, in a sentence for a person."""


class SourceError(Exception):
    """A source cannot be read; the text says what, where and, if known, what to do."""


class Malformed(ValueError):
    """A record that cannot be understood; the text is the reason, for a person."""
