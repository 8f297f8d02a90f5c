import os
import subprocess
import tempfile
import unittest

from metaflow_extensions.stepfit.plugins.revision import revision_facts


def git(folder, *arguments):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"] + list(arguments)
    return subprocess.check_output(command, cwd=folder, stderr=subprocess.STDOUT).decode().strip()


class RevisionFacts(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp())
        git(self.folder, "init", "-q", "-b", "main")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", "first")
        self.commit = git(self.folder, "rev-parse", "HEAD")
        self.flow = os.path.join(self.folder, "flows", "train.py")
        os.mkdir(os.path.dirname(self.flow))

    def test_reads_the_branch_and_its_commit(self):
        self.assertEqual(
            revision_facts({}, self.flow), {"revision": self.commit, "branch": "main"}
        )

    def test_reads_packed_refs_and_names_with_slashes(self):
        git(self.folder, "checkout", "-q", "-b", "feature/less memory".replace(" ", "-"))
        git(self.folder, "pack-refs", "--all")
        self.assertEqual(
            revision_facts({}, self.flow),
            {"revision": self.commit, "branch": "feature/less-memory"},
        )

    def test_reads_a_commit_that_is_checked_out_itself(self):
        git(self.folder, "checkout", "-q", "--detach")
        self.assertEqual(revision_facts({}, self.flow), {"revision": self.commit})

    def test_reads_a_worktree(self):
        other = os.path.join(os.path.realpath(tempfile.mkdtemp()), "tree")
        git(self.folder, "worktree", "add", "-q", "-b", "side", other)
        self.assertEqual(
            revision_facts({}, os.path.join(other, "train.py")),
            {"revision": self.commit, "branch": "side"},
        )

    def test_believes_ci_before_the_folder(self):
        environ = {"GITHUB_HEAD_REF": "", "GITHUB_REF_NAME": "topic", "GITHUB_SHA": "a" * 40}
        self.assertEqual(
            revision_facts(environ, self.flow), {"revision": "a" * 40, "branch": "topic"}
        )

    def test_says_nothing_outside_a_repository(self):
        self.assertEqual(revision_facts({}, os.path.join(tempfile.mkdtemp(), "train.py")), {})


if __name__ == "__main__":
    unittest.main()
