import os
import unittest
from unittest import mock

from metaflow.plugins.cards import card_datastore
from metaflow.plugins.cards.card_datastore import CardDatastore
from metaflow.plugins.cards.card_decorator import CardDecorator
from metaflow.plugins.resources_decorator import ResourcesDecorator

from metaflow_extensions.stepfit.plugins import task_card
from metaflow_extensions.stepfit.plugins.facts import attempt_key
from metaflow_extensions.stepfit.plugins.settings import read_settings
from metaflow_extensions.stepfit.plugins.task_card import describe_card

KNOWN = {"project": "team a", "flow": "F", "run": "7", "step": "train", "task": "2"}


class DescribeCard(unittest.TestCase):
    def describe(self, datastore_type="local", decorators=(), **changed):
        settings = read_settings()._replace(url="http://s:1", **changed)
        datastore = mock.Mock(TYPE=datastore_type, datastore_root="/data/.metaflow")
        return describe_card(settings, KNOWN, datastore, decorators)

    def test_lies_where_metaflow_looks(self):
        path = self.describe()["path"]
        info = CardDatastore.info_from_path(path)
        self.assertEqual((info.type, info.id), ("stepfit", None))
        backend = mock.Mock(flow_name="F")
        folder = CardDatastore(backend, pathspec="F/7/train/2")._get_card_write_path()
        self.assertEqual(os.path.dirname(path), os.path.join("/data/.metaflow/mf.cards", folder))

    def test_lies_where_metaflow_is_configured_to_look(self):
        with mock.patch.object(task_card, "CARD_LOCALROOT", "/cards"):
            self.assertTrue(self.describe()["path"].startswith("/cards/F/runs/7/"))

    def test_has_no_path_where_the_datastore_is_no_folder(self):
        with mock.patch.object(card_datastore, "CARD_S3ROOT", "s3://bucket/cards"):
            card = self.describe(datastore_type="s3")
        self.assertIsNone(card["path"])
        self.assertEqual(card["pathspec"], "F/7/train/2")

    def test_none_where_it_is_switched_off_or_metaflow_has_no_place_for_cards(self):
        self.assertIsNone(self.describe(card_enabled=False))
        with mock.patch.object(card_datastore, "CARD_S3ROOT", None):
            self.assertIsNone(self.describe(datastore_type="s3"))

    def test_none_beside_a_card_of_the_steps_own_unless_asked_for(self):
        own = [CardDecorator(), ResourcesDecorator()]
        self.assertIsNone(self.describe(decorators=own))
        self.assertIsNotNone(self.describe(decorators=own, card_enabled=True))
        self.assertIsNotNone(self.describe(decorators=[ResourcesDecorator()]))

    def test_names_the_page_and_the_question_in_the_project(self):
        card = self.describe()
        self.assertEqual(card["page_url"], "http://s:1/steps/F/train?project=team+a")
        self.assertEqual(card["explain_target"], "/api/v1/flows/F/steps/train?project=team+a")


class AttemptKey(unittest.TestCase):
    def test_is_the_collectors_id(self):
        # Of `attemptId()` in collector/src/identity/attempt-id.ts for the same identity.
        identity = ("default", "Flöw", "7", 'st"ep', "2", 1)
        self.assertEqual(attempt_key(identity), "b33uO0npVpCMFwcUp7Qm9K")
