"""How everything that Metaflow calls is wrapped."""

import functools


def never_fails(hook):
    """No exception of ours reaches the user's flow; `@timeout`'s, raised by a signal in our code, must."""

    @functools.wraps(hook)
    def guarded(*args, **kwargs):
        try:
            hook(*args, **kwargs)
        except Exception as error:
            if type(error).__name__ == "TimeoutException":
                raise

    return guarded
