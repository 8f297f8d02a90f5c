import os
import socket
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from metaflow.plugins.cards import card_datastore

from played_store import played_store
from metaflow_extensions.stepfit.plugins.card_store import Executor, open_cards

# A task whose store of cards takes what it is sent, and never answers.
HANGING = """
import json, os, sys
from metaflow.datastore import FlowDataStore
from metaflow.plugins.datastores.s3_storage import S3Storage
from metaflow_extensions.stepfit.plugins.card_saver import CardSaver
datastore = FlowDataStore("F", None, storage_impl=S3Storage, ds_root="s3://bucket/metaflow")
reader, writer = os.pipe()
saver = CardSaver(reader, {"pathspec": "F/1/s/2", "id": "x", "type": "stepfit"}, datastore, None)
os.write(writer, json.dumps({"html": "page", "is_last": True}).encode() + b"\\n")
saver.wait(1.0)
print("the task is over")
"""


class Store(unittest.TestCase):
    def open(self, kind, name, **attributes):
        folder = tempfile.mkdtemp()
        datastore = played_store(kind, os.path.join(folder, "artifacts"))
        vars(datastore._storage_impl).update(attributes)
        with mock.patch.object(card_datastore, name, os.path.join(folder, "cards")):
            return datastore, open_cards(datastore, "F/7/train/2")._backend

    def test_has_a_root_of_its_own_and_leaves_the_flows_as_it_is(self):
        datastore, backend = self.open("s3", "CARD_S3ROOT")
        self.assertTrue(backend.datastore_root.endswith("cards"))
        self.assertTrue(datastore.datastore_root.endswith("artifacts"))

    def test_shares_the_client_of_s3_whose_uploads_start_no_threads(self):
        boto, holder = mock.Mock(), mock.Mock(error=OSError)
        holder.client = boto
        datastore, backend = self.open("s3", "CARD_S3ROOT", s3_client=holder)
        self.assertIs(backend.s3_client.error, OSError)
        backend.s3_client.client.upload_fileobj("page", "bucket", "key", ExtraArgs={})
        self.assertFalse(boto.upload_fileobj.call_args[1]["Config"].use_threads)
        self.assertIs(datastore._storage_impl.s3_client, holder)

    def test_makes_azures_and_googles_client_anew_for_its_root_and_has_no_pool(self):
        for kind, name in (("azure", "CARD_AZUREROOT"), ("gs", "CARD_GSROOT")):
            with self.subTest(datastore=kind):
                datastore, backend = self.open(kind, name, _root_client="of artifacts", _executor="pool")
                self.assertIsNone(backend._root_client)
                self.assertIsInstance(backend._executor, Executor)
                self.assertEqual(datastore._storage_impl._root_client, "of artifacts")

    def test_what_fails_in_place_of_a_pool_fails_where_its_result_is_asked_for(self):
        self.assertEqual(Executor().submit(max, 1, 2).result(), 2)
        with self.assertRaises(ZeroDivisionError):
            Executor().submit(lambda: 1 // 0).result()

    def test_that_hangs_does_not_hold_the_task_as_it_ends(self):
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        environment = dict(
            os.environ,
            METAFLOW_DATASTORE_SYSROOT_S3="s3://bucket/metaflow",
            METAFLOW_S3_ENDPOINT_URL="http://127.0.0.1:%d" % listener.getsockname()[1],
            AWS_ACCESS_KEY_ID="x",
            AWS_SECRET_ACCESS_KEY="x",
            AWS_DEFAULT_REGION="us-east-1",
        )
        # A minute would pass before the client itself gave up for the first time, of several.
        output = subprocess.check_output([sys.executable, "-c", HANGING], env=environment, timeout=55)
        self.assertEqual(output.decode().strip(), "the task is over")
