"""Metaflow's datastore of a flow, whose cloud is a folder."""

from metaflow.datastore import FlowDataStore
from metaflow.plugins.datastores.local_storage import LocalStorage


def played_store(kind, root, metadata=None):
    storage = type("PlayedStorage", (LocalStorage,), {"TYPE": kind})
    return FlowDataStore("F", None, metadata=metadata, storage_impl=storage, ds_root=root)
