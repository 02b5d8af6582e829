"""Limits of one user."""

from __future__ import annotations

import unittest

from perch_control.pace import OpenPanels, Pace
from perch_control.relay import retry_delay


class PaceTest(unittest.TestCase):
    """Commands a second."""

    def test_a_burst_then_a_steady_rate_for_each_user_apart(self) -> None:
        now = 0.0
        pace = Pace(lambda: now)
        self.assertEqual([pace.take("a", 10, 3) for _ in range(3)], [0, 0, 0])
        self.assertAlmostEqual(pace.take("a", 10, 3), 0.1)
        self.assertEqual(pace.take("b", 10, 3), 0)
        now = 0.1
        self.assertEqual(pace.take("a", 10, 3), 0)
        self.assertAlmostEqual(pace.take("a", 10, 3), 0.1)
        now = 100
        self.assertEqual([pace.take("a", 10, 3) > 0 for _ in range(4)], [False, False, False, True])

    def test_only_so_many_users_are_remembered(self) -> None:
        pace = Pace(lambda: 0.0)
        for user in range(10_050):
            pace.take(user, 1, 1)
        self.assertEqual(len(pace._buckets), 10_000)
        self.assertGreater(pace.take(10_049, 1, 1), 0)


class OpenPanelsTest(unittest.TestCase):
    """Panels at once."""

    def test_one_too_many_is_refused_until_one_is_closed(self) -> None:
        panels = OpenPanels()
        self.assertEqual([panels.enter(1, 2) for _ in range(3)], [True, True, False])
        self.assertTrue(panels.enter(2, 2))
        panels.leave(1)
        self.assertTrue(panels.enter(1, 2))


class RetryTest(unittest.TestCase):
    """When the relay is tried again."""

    def test_longer_each_time_with_jitter_and_slowly_after_a_no(self) -> None:
        self.assertEqual([retry_delay(tries, False, 1.0) for tries in (0, 1, 3, 4, 50)], [0.5, 1, 4, 8, 8])
        self.assertEqual(retry_delay(3, False, 0.0), 0.1)
        self.assertTrue(11 <= retry_delay(0, True, 0.0) < retry_delay(0, True, 1.0) <= 19)
