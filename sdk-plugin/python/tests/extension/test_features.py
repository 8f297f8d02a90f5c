import unittest
from collections import namedtuple

from metaflow_extensions.stepfit.plugins.features import MOST_FEATURES, features_of

Frame = namedtuple("Frame", "index value num_splits")


class Source(object):
    """A parent's datastore: the index of its artifacts, and a load that a test can watch."""

    def __init__(self, info, values=(), store="local"):
        self.TYPE = store
        self._info = info
        self._values = dict(values)
        self.loaded = []

    def load_artifacts(self, names):
        self.loaded += names
        return [(name, self._values[name]) for name in names]


def plain(kind, size=10):
    return {"type": "<class '%s'>" % kind, "size": size}


class Features(unittest.TestCase):
    def test_sizes_of_input_artifacts_add_up_over_all_inputs(self):
        inputs = [
            Source({"table": {"size": 100}, "_hidden": {"size": 7}, "name": {"size": 5}}),
            Source({"table": {"size": 50}, "alpha": plain("int")}, {"alpha": 3}),
        ]
        features = features_of(inputs, None, ["alpha"])
        self.assertEqual(features, {"input.bytes": 150, "input.table.bytes": 150})

    def test_the_foreach_item_is_a_number_where_it_reads_as_one(self):
        def of(value):
            return features_of([], [Frame(0, "outer", 4), Frame(3, value, 4)], [])

        place = {"foreach_index": 3, "foreach_count": 4}
        self.assertEqual(of("400000"), dict(place, foreach_value=400000.0))
        self.assertEqual(of("berlin"), dict(place, foreach_value="berlin"))
        self.assertEqual(of(None), place)

    def test_parameters_are_loaded_only_if_plain_small_local_and_no_secret(self):
        values = {"alpha": 0.5, "label": "x" * 65, "on": True}
        info = {
            "alpha": plain("float"),
            "label": plain("str", 90),
            "on": plain("bool"),
            "frame": {"type": "<class 'pandas.DataFrame'>", "size": 20},
            "text": plain("str", 10000),
            "api_token": plain("str"),
        }
        local = Source(info, values)
        names = sorted(info) + ["missing"]
        features = features_of([local], None, names)
        self.assertEqual(local.loaded, ["alpha", "label", "on"])
        self.assertEqual(
            features, {"input.bytes": 0, "parameter.alpha": 0.5, "parameter.on": True}
        )
        remote = Source(info, values, store="s3")
        self.assertEqual(features_of([remote], None, names), {"input.bytes": 0})
        self.assertEqual(remote.loaded, [])

    def test_their_number_is_bounded(self):
        many = dict(("artifact%03d" % number, {"size": 1}) for number in range(500))
        self.assertEqual(len(features_of([Source(many)], None, [])), MOST_FEATURES)
