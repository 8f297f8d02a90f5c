"""Metaflow's decorators as its own command line makes them."""


class RemoteStore(object):
    TYPE = "s3"


def in_source(decorator_class, **attributes):
    return initialised(decorator_class(attributes=attributes, statically_defined=True))


def by_with(decorator_class, **attributes):
    return initialised(decorator_class(attributes=attributes))


def initialised(decorator):
    # Metaflow 2.12 has no such step.
    getattr(decorator, "external_init", lambda: None)()
    return decorator
