import importlib
import importlib.util
import inspect
import os
import pkgutil
import select
import shutil
import tempfile
import time
import unittest

import attempt
import session

SAMPLER_FOLDER = os.path.dirname(os.path.abspath(session.__file__))
AT_ONCE = 48
# The sampler outlives its step by as long as it is given; the rest is for a machine that is busy.
LONGEST_S, GRACE_S = 60.0, 0.2


def sampler_modules():
    names = [module.name for module in pkgutil.iter_modules([SAMPLER_FOLDER])]
    # Those import others of the package, and are for people.
    wanted = [name for name in names if name not in ("__main__", "ask_server", "verdicts")]
    return [importlib.import_module(name) for name in wanted]


def sampler_functions(modules):
    """(holders, name) of each function and method, wherever it is looked up."""
    for module in modules:
        for name, member in sorted(vars(module).items()):
            if getattr(member, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(member):
                yield [other for other in modules if vars(other).get(name) is member], name
            elif inspect.isclass(member) and not issubclass(member, tuple):
                for method, value in sorted(vars(member).items()):
                    if inspect.isfunction(value) or isinstance(value, property):
                        yield [member], method


def load_main():
    spec = importlib.util.spec_from_file_location("main", os.path.join(SAMPLER_FOLDER, "__main__.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fail(*args, **kwargs):
    raise RuntimeError("injected")


class Sampler(object):
    """The sampler's whole way from its start, in a process of its own in which one function fails."""

    def __init__(self, main, holders, name, spool_dir):
        self.name = "%s.%s" % (holders[0].__name__, name)
        reader, self._words = os.pipe()
        # Ends with the last process that has it, the one that the sampler forks included.
        self.ended, writer = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            for holder in holders:
                is_property = isinstance(vars(holder)[name], property)
                setattr(holder, name, property(fail) if is_property else fail)
            attempt.GRACE_S = GRACE_S
            os.dup2(reader, 0)
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 1)
            os.dup2(null, 2)
            os.closerange(3, writer)
            os.closerange(writer + 1, 1024)
            try:
                main.main()
            finally:
                os._exit(0)
        os.close(reader)
        os.close(writer)
        self._say('{"event": "start", %s}' % start_message(spool_dir))

    def finish(self):
        self._say('{"event": "exception", "type": "KeyError"}')
        self._say('{"event": "end", "ok": true, "evidence": null, %s}' % LAST_WORD)
        os.close(self._words)
        os.waitpid(self._pid, 0)

    def _say(self, text):
        try:
            os.write(self._words, text.encode("utf-8") + b"\n")
        except BrokenPipeError:
            # It has failed, which is its right.
            pass


def start_message(spool_dir):
    now_ns = int(time.time() * 1e9)
    return (
        '"pid": %d, "started_ns": %d, "spool_dir": "%s", "cpu_before_s": [0.0, 0.0], "interval_s": 1.0,'
        ' "facts": {"flow": "F", "run": "1", "step": "s", "task": "1", "attempt": 0, "samplerVersion": "x/1"},'
        ' "features": {}, "trace_id": "0", "span_id": "0", "owns_cgroup": true, "token": null,'
        ' "url": "http://127.0.0.1:9", "log_file": null, "card": {"path": "%s/card.html",'
        ' "page_url": "http://127.0.0.1:9/", "explain_target": "/api"}'
    ) % (os.getpid(), now_ns, spool_dir, spool_dir)


LAST_WORD = (
    '"pid": 1, "ended_ns": %d, "user_s": 0.1, "system_s": 0.1, "vm_hwm": 1000, "self_maxrss": 1000,'
    ' "children_maxrss": 0'
) % (time.time() * 1e9)


class WhateverFails(unittest.TestCase):
    def test_in_the_sampler_it_ends_with_its_step(self):
        spool_dir = tempfile.mkdtemp()
        main = load_main()
        waiting = list(sampler_functions(sampler_modules()))
        self.assertGreater(len(waiting), 120)
        while waiting:
            batch, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            samplers = [Sampler(main, holders, name, spool_dir) for holders, name in batch]
            time.sleep(0.1)
            for sampler in samplers:
                sampler.finish()
            for sampler in samplers:
                with self.subTest(function=sampler.name):
                    self.assertEqual(select.select([sampler.ended], [], [], LONGEST_S)[0], [sampler.ended])
                    self.assertEqual(os.read(sampler.ended, 1), b"")
                os.close(sampler.ended)
        # They did run: most could deliver nothing, and spooled.
        self.assertGreater(len(os.listdir(spool_dir)), len(batch))
        shutil.rmtree(spool_dir)
