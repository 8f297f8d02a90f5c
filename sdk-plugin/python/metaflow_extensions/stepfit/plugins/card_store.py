"""Metaflow's own store of a task's cards, for a thread that nothing waits for.

As the interpreter ends it waits for every thread of a pool: an upload that hangs in one would hold the task. So what
Metaflow's storage classes give to pools is done in the thread that asks.
"""

import copy
from concurrent.futures import Future

from metaflow.plugins.cards.card_datastore import CardDatastore


def open_cards(datastore, pathspec):
    """The `CardDatastore` of a task. `datastore` is Metaflow's for the flow, which stays as it is; the clients that it
    has already are used, where they serve any root: another would cost the task 13 MiB."""
    storage = copy.copy(datastore._storage_impl)
    storage.datastore_root = CardDatastore.get_storage_root(storage.TYPE)
    if hasattr(storage, "s3_client"):
        storage.s3_client = S3Client(storage.s3_client)
    if hasattr(storage, "_root_client"):
        # Azure's and Google's belong to one root, and are made when they are needed.
        storage._root_client = None
    if hasattr(storage, "_executor"):
        storage._executor = Executor()
    cards = copy.copy(datastore)
    cards._storage_impl = storage
    return CardDatastore(cards, pathspec=pathspec)


class Executor(object):
    """As a pool of one, which is whoever asks."""

    def submit(self, function, *args, **kwargs):
        future = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Delegate(object):
    def __init__(self, target):
        self._target = target

    def __getattr__(self, name):
        return getattr(self._target, name)


class S3Client(Delegate):
    """Metaflow's holder of a client of S3."""

    @property
    def client(self):
        return Uploads(self._target.client)


class Uploads(Delegate):
    """boto3's client, whose uploads start no threads."""

    def upload_fileobj(self, *args, **kwargs):
        from boto3.s3.transfer import TransferConfig

        return self._target.upload_fileobj(*args, Config=TransferConfig(use_threads=False), **kwargs)
