"""How switches and decospecs are written. Imports nothing: Metaflow reads the configuration before all else."""

OFF = ("", "0", "false", "no", "off")


def is_on(value):
    """What a person means by a switch; None where it is not set counts as off."""
    return value is not None and str(value).strip().lower() not in OFF


def with_stepfit(decospecs):
    """`decospecs` (separated by spaces) and `stepfit`, once."""
    names = [spec.split(":")[0] for spec in decospecs.split()]
    return decospecs if "stepfit" in names else ("%s stepfit" % decospecs).strip()
