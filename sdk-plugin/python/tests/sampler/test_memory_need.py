import unittest

from memory_need import TreeMemory
from process_tree import ProcessReading

MIB = 1024 * 1024
ROOT, CHILD, OTHER = 10, 11, 12


def process(pid, rss, high_water=None, file=0, share=None, settled=True):
    """A reading; amounts in MiB. `share` is the proportional part of what is no file page."""
    reading = ProcessReading(pid, 1, 0, 0.0, 0.0, rss * MIB)
    reading.high_water_bytes = (rss if high_water is None else high_water) * MIB
    reading.file_bytes = file * MIB
    reading.share_bytes = None if share is None else share * MIB
    reading.settled = settled
    return reading


def fold(*samples):
    memory = TreeMemory()
    for readings in samples:
        memory.fold(readings)
    return memory


class OneProcess(unittest.TestCase):
    def test_need_is_what_is_resident(self):
        self.assertEqual(fold([process(ROOT, 100, file=20)]).need_bytes, 100 * MIB)

    def test_a_spike_between_two_samples_is_the_kernels_mark(self):
        memory = fold([process(ROOT, 100)], [process(ROOT, 110, high_water=563)])
        self.assertEqual((memory.peak.bytes, memory.peak.source), (563 * MIB, "vm-hwm"))
        self.assertEqual(memory.need_bytes, 110 * MIB)

    def test_the_last_word_raises_the_peak_after_the_last_sample(self):
        memory = fold([process(ROOT, 100)])
        memory.fold_end({"pid": ROOT, "vm_hwm": 900 * MIB, "self_maxrss": 2000 * MIB})
        self.assertEqual((memory.peak.bytes, memory.peak.source), (900 * MIB, "vm-hwm"))

    def test_a_step_that_was_never_sampled_has_the_peak_of_its_last_word(self):
        memory = fold()
        memory.fold_end({"pid": ROOT, "vm_hwm": 70 * MIB, "self_maxrss": 80 * MIB})
        self.assertEqual(memory.peak.bytes, 70 * MIB)

    def test_without_proc_rusage_is_the_peak(self):
        memory = fold()
        memory.fold_end({"pid": ROOT, "vm_hwm": None, "self_maxrss": 80 * MIB})
        self.assertEqual((memory.peak.bytes, memory.peak.source), (80 * MIB, "rusage"))

    def test_a_child_that_came_and_went_unseen_counts_through_rusage(self):
        memory = fold([process(ROOT, 100)])
        memory.fold_end({"pid": ROOT, "vm_hwm": 100 * MIB, "children_maxrss": 400 * MIB})
        self.assertEqual((memory.peak.bytes, memory.peak.source), (400 * MIB, "rusage"))


class SeveralProcesses(unittest.TestCase):
    def test_unrelated_memory_adds_up_and_file_pages_count_once(self):
        memory = fold([process(ROOT, 100, file=20), process(CHILD, 50, file=15)])
        self.assertEqual(memory.need_bytes, (80 + 35 + 20) * MIB)

    def test_memory_shared_by_fork_counts_once(self):
        shared = [process(ROOT, 200, share=100), process(CHILD, 200, share=100)]
        memory = fold([process(ROOT, 200)], shared)
        self.assertEqual(memory.need_bytes, 200 * MIB)
        self.assertEqual(memory.peak.bytes, 200 * MIB)

    def test_the_discount_stays_until_it_is_measured_again(self):
        shared = [process(ROOT, 200, share=100), process(CHILD, 200, share=100)]
        grown = [process(ROOT, 200), process(CHILD, 260)]
        self.assertEqual(fold(shared, grown).need_bytes, 260 * MIB)

    def test_the_discount_ends_with_the_last_process_that_shared(self):
        shared = [process(ROOT, 200, share=100), process(CHILD, 200, share=100)]
        self.assertEqual(fold(shared, [process(ROOT, 200)]).need_bytes, 200 * MIB)

    def test_a_process_that_was_not_measured_is_taken_at_the_ratio_of_the_others(self):
        partly = [process(ROOT, 200, share=100), process(CHILD, 200, share=100), process(OTHER, 200)]
        self.assertEqual(fold(partly).need_bytes, 300 * MIB)

    def test_a_childs_spike_adds_to_what_the_others_hold(self):
        before = [process(ROOT, 300), process(CHILD, 10)]
        after = [process(ROOT, 300), process(CHILD, 12, high_water=500)]
        memory = fold(before, after)
        self.assertEqual((memory.peak.bytes, memory.peak.source), (800 * MIB, "vm-hwm"))

    def test_memory_handed_from_one_process_to_another_counts_once(self):
        # The root built 1000, gave it up, and the child built 1000 since.
        before = [process(ROOT, 50), process(CHILD, 10)]
        after = [process(ROOT, 50, high_water=1000), process(CHILD, 1000)]
        self.assertEqual(fold(before, after).peak.bytes, 1050 * MIB)

    def test_a_forked_childs_mark_holds_its_parents_pages_and_adds_nothing(self):
        before = [process(ROOT, 1000)]
        after = [process(ROOT, 1000, share=500), process(CHILD, 1000, share=500)]
        self.assertEqual(fold(before, after).peak.bytes, 1000 * MIB)

    def test_a_child_on_its_way_to_exec_does_not_count(self):
        memory = fold([process(ROOT, 1000), process(CHILD, 1000, settled=False)])
        self.assertEqual(memory.peak.bytes, 1000 * MIB)


class AskingForShares(unittest.TestCase):
    def test_one_process_shares_with_nobody(self):
        self.assertFalse(TreeMemory().wants_shares([process(ROOT, 100)]))

    def test_a_new_process_is_asked(self):
        self.assertTrue(TreeMemory().wants_shares([process(ROOT, 100), process(CHILD, 100)]))

    def test_a_steady_tree_is_not_asked_again(self):
        measured = [process(ROOT, 100, share=50), process(CHILD, 100, share=50)]
        memory = fold(measured)
        self.assertFalse(memory.wants_shares([process(ROOT, 100), process(CHILD, 100)]))

    def test_a_new_peak_or_a_process_gone_is(self):
        tree = [process(pid, 100, share=40) for pid in (ROOT, CHILD, OTHER)]
        memory = fold(tree)
        grown = [process(ROOT, 400), process(CHILD, 100), process(OTHER, 100)]
        self.assertTrue(memory.wants_shares(grown))
        self.assertTrue(memory.wants_shares([process(ROOT, 100), process(CHILD, 100)]))
