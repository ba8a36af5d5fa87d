"""A person's mistake, told in a sentence that says what, where and what to do."""


class UserError(Exception):
    """Shown as it is, without a traceback; the command ends with status 2."""
