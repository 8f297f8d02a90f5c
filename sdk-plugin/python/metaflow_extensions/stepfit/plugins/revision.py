"""Which commit and branch a run was started from: what CI says, what `.git` says, or what Metaflow packed.

No git is started: two small files say it, and a task on a cluster has no repository anyway.
"""

import io
import os
import re

# Of a pull request, GitHub checks out a merge that nobody else can name; its own commit is not in the environment.
BRANCH_VARIABLES = (
    "METAFLOW_STEPFIT_BRANCH",
    "GITHUB_HEAD_REF",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "GITHUB_REF_NAME",
    "CI_COMMIT_REF_NAME",
)
REVISION_VARIABLES = ("METAFLOW_STEPFIT_REVISION", "GITHUB_SHA", "CI_COMMIT_SHA")
COMMIT = re.compile(r"^[0-9a-f]{40,64}$")
LONGEST_NAME = 255


def revision_facts(environ, flow_file):
    """`{"revision": …, "branch": …}`, each only where it is known."""
    packed = _packed_info()
    found = dict(packed)
    if not packed:
        found.update(_from_folder(os.path.dirname(os.path.abspath(flow_file))))
    for key, variables in (("branch", BRANCH_VARIABLES), ("revision", REVISION_VARIABLES)):
        for name in variables:
            if environ.get(name):
                found[key] = environ[name]
                break
    return {key: value[:LONGEST_NAME] for key, value in found.items() if value}


def _packed_info():
    """What Metaflow noted of the repository when it packed the code for this task; empty where it runs itself."""
    try:
        from metaflow.packaging_sys import MetaflowCodeContent

        info = MetaflowCodeContent.get_info() or {}
    except Exception:
        return {}
    found = {"revision": info.get("commit_sha"), "branch": info.get("branch_name")}
    return {key: value for key, value in found.items() if value and value != "HEAD"}


def _from_folder(folder):
    git = _git_folder(folder)
    if git is None:
        return {}
    head = _read(os.path.join(git, "HEAD"))
    if not head.startswith("ref: "):
        return {"revision": head} if COMMIT.match(head) else {}
    ref = head[len("ref: ") :]
    found = {"revision": _resolve(git, ref)}
    if ref.startswith("refs/heads/"):
        found["branch"] = ref[len("refs/heads/") :]
    return found


def _git_folder(folder):
    while True:
        path = os.path.join(folder, ".git")
        if os.path.isdir(path):
            return path
        if os.path.isfile(path):
            # A worktree or a submodule: the file says where.
            said = _read(path)
            if said.startswith("gitdir: "):
                return os.path.join(folder, said[len("gitdir: ") :])
            return None
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _resolve(git, ref):
    common = os.path.join(git, _read(os.path.join(git, "commondir")) or ".")
    for folder in (git, common):
        commit = _read(os.path.join(folder, ref))
        if COMMIT.match(commit):
            return commit
    for line in _read(os.path.join(common, "packed-refs")).splitlines():
        commit, _, name = line.partition(" ")
        if name == ref and COMMIT.match(commit):
            return commit
    return None


def _read(path):
    try:
        with io.open(path, encoding="utf-8") as file:
            return file.read().strip()
    except (IOError, OSError, ValueError):
        return ""
