"""The switch at work: look, decide, act, again.

Owns the loop, the pauses between requests, and what it remembers of one silence.
Never ends by itself, whatever goes wrong in a turn.
"""

import random
import time
from pathlib import Path

from caid_worker.errors import WorkerError
from caid_worker.guard import api, identity, jobs, settings
from caid_worker.guard.decide import Action, decide
from caid_worker.guard.log import Log
from caid_worker.guard.settings import Settings
from caid_worker.guard.word import Silence

LONGEST_TURN_S = 5.0
SHORTEST_TURN_S = 0.05
LONGEST_PAUSE_TURNS = 60


class Watch:
    """One switch over one working folder."""

    def __init__(self, workdir: Path) -> None:
        self.workdir, self.folder = workdir, workdir / "guard"
        self.log = Log(self.folder / "log")
        self._settings: Settings | None = None
        # A turn is never so long that a word could be missed for much of the time allowed.
        self.turn_s = SHORTEST_TURN_S
        self._silence = Silence(self.folder / "word", 3 * LONGEST_TURN_S)
        self._asked_at: float | None = None
        self._tries = 0
        self._next_try = 0.0

    def run(self) -> None:
        """Watches until the process ends."""
        self.log.say("watching")
        while True:
            try:
                self.turn()
            except Exception as error:  # The next turn may do better; without one the machine would run for ever.
                self.log.say(f"{type(error).__name__}: {error}")
            time.sleep(self.turn_s)

    def turn(self) -> None:
        """Looks once and does what follows."""
        found = self._read_settings()
        silent = self._silence.measure()
        if found is None or found.kind == "none":
            return
        if silent < found.rule.dead_man_s:
            self._hear_word()
            return
        busy = jobs.at_work(self.workdir)
        asked = None if self._asked_at is None else time.monotonic() - self._asked_at
        match decide(silent, len(busy), asked, found.rule):
            case Action.STOP_JOBS:
                self._asked_at = time.monotonic()
                self.log.say(f"no word for {silent:.0f} s: asking {len(busy)} jobs for a checkpoint and their end")
                for line in jobs.ask_to_end(busy):
                    self.log.say(line)
            case Action.STOP_POD:
                self._stop(found, silent, len(busy))

    def _hear_word(self) -> None:
        if self._asked_at is not None or self._tries:
            self.log.say("there is word again; nothing more is stopped")
        self._asked_at, self._tries, self._next_try = None, 0, 0.0

    def _stop(self, found: Settings, silent: float, busy: int) -> None:
        if time.monotonic() < self._next_try:
            return
        left = f", {busy} jobs still at work" if busy else ""
        self.log.say(f"no word for {silent:.0f} s{left}: stopping this machine")
        self._tries += 1
        try:
            api.stop(found, identity.find(found.pod))
            self.log.say("the stop was accepted; asking again if this machine still runs in a while")
        except WorkerError as error:
            self.log.say(f"not stopped, and tried again: {error}")
        # Also after an accepted stop, which may never be carried out.
        turns = min(2.0 ** min(self._tries - 1, 10), LONGEST_PAUSE_TURNS)
        self._next_try = time.monotonic() + self.turn_s * turns * random.uniform(0.8, 1.2)

    def _read_settings(self) -> Settings | None:
        """The settings as they are now; the last good ones where they cannot be read."""
        try:
            found = settings.read(self.folder / "settings.json")
        except WorkerError as error:
            self.log.say(str(error))
            return self._settings
        if found != self._settings:
            self._settings = found
            self.turn_s = min(LONGEST_TURN_S, max(SHORTEST_TURN_S, found.rule.dead_man_s / 20))
        return self._settings
