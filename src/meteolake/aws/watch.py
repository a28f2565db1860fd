"""The watch over what was submitted: until it is done, and until nothing of it is left when it is not.

Whatever happens to this process, the machines end by themselves: they are started with a time after which they do. And
whatever it leaves is found by its tags by the next run, which waits for it before it submits anything.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from meteolake.aws.account import is_passing
from meteolake.aws.compute import Compute, ComputeGone, Job, Running, Seen, State
from meteolake.aws.spark_submit import Call
from meteolake.errors import CloudError, StepFailed

_MOST_PASSING_FAULTS = 10


@dataclass(frozen=True)
class Patience:
    """Seconds between two looks, which grow from the least to the most, and how long a log is waited for."""

    least: float = 5.0
    most: float = 60.0
    log: float = 360.0
    step: float = 3 * 3600.0

    def pauses(self) -> Iterator[float]:
        """How long to wait before each look; by chance somewhat more or less, so that many runs do not ask at once."""
        pause = self.least
        while True:
            yield pause * random.uniform(0.8, 1.2)  # noqa: S311
            pause = min(self.most, pause * 1.3)


@dataclass
class Watch:
    """The watch over the jobs of one run; `tell` hears what it sees.

    When a run is over, however it ended, `is_stopped` says whether nothing of it can write any more.
    """

    compute: Compute
    run_id: str
    tell: Callable[[str], None]
    patience: Patience = field(default_factory=Patience)
    is_stopped: bool = False

    def clear(self) -> None:
        """Wait for the jobs that earlier runs left, however they end, since no two may change a lake at once."""
        for job in self.compute.unfinished():
            self.tell(f"{job.name} of an earlier run is still working on {job.place}")
            try:
                self._over(job)
            except (ComputeGone, StepFailed):
                continue

    def run(self, calls: Sequence[Call]) -> Iterator[Call]:
        """Run the calls one after the other, giving each when it is done; in the end stop what was started.

        Raises:
            StepFailed: a step failed or took too long; those after it were not run.
            CloudError: AWS refused, or its machines ended twice.
        """
        try:
            yield from self._run(list(calls))
        except BaseException:  # an interruption, too, must leave nothing running
            try:
                self._stop()
            except CloudError as error:
                self.tell(f"What was started could not be stopped and ends by itself when it is idle: {error}")
            raise
        self._stop()

    def _run(self, left: list[Call]) -> Iterator[Call]:
        """Run the calls; machines that end under them are replaced once, which repeats nothing that is committed."""
        for is_last in (False, True):
            try:
                self.compute.start(self.run_id, left)
                while left:
                    self._finish(left[0])
                    yield left.pop(0)
                return
            except ComputeGone as error:
                if is_last:
                    raise
                self.tell(f"{error} Starting others")

    def _finish(self, call: Call) -> None:
        job = self.compute.submit(self.run_id, call)
        seen = self._over(job)
        if seen.state is not State.DONE:
            where, why = self._reason(job, seen)
            raise StepFailed(
                f"Step {call.step} of run {self.run_id} {seen.state.value} on {job.place}: {why} Its log: {where}. "
                "What was made before it stays; the next run goes on from there."
            )

    def _over(self, job: Job) -> Seen:
        """How a job ended.

        Raises:
            StepFailed: it took longer than a step may.
        """
        began: float | None = None
        faults = 0
        for pause in self.patience.pauses():
            try:
                seen = self.compute.look(job)
                faults = 0
            except CloudError as error:
                faults += 1
                if not is_passing(error) or faults > _MOST_PASSING_FAULTS:
                    raise
                self.tell(f"AWS does not answer: {error}")
                time.sleep(pause)
                continue
            if seen.state.is_over:
                return seen
            self.tell(f"{job.name} is {seen.state.value} on {job.place}")
            if seen.state is State.RUNNING:
                began = began or time.monotonic()
            if began and time.monotonic() - began > self.patience.step:
                self.end(job)
                raise StepFailed(
                    f"Step {job.name} took longer than {self.patience.step / 60:.0f} minutes and was cancelled. "
                    "Raise step_minutes under [aws], or give it more machines."
                )
            time.sleep(pause)
        raise AssertionError("pauses never end")

    def _stop(self) -> None:
        """Stop what the run started, and wait until nothing of it can write any more."""
        left = [job for job in self.compute.unfinished() if job.name.startswith(f"{self.run_id}/")]
        self.compute.stop(self.run_id)
        for job in left:
            self.tell(f"waiting for the end of {job.name}")
            self.end(job)
        self.is_stopped = True

    def end(self, job: Job) -> None:
        """Cancel a job and wait until it is over."""
        try:
            if not self.compute.look(job).state.is_over:
                self.compute.cancel(job)
            for pause in self.patience.pauses():
                if self.compute.look(job).state.is_over:
                    return
                time.sleep(pause)
        except ComputeGone:
            return

    def _reason(self, job: Job, seen: Seen) -> tuple[str, str]:
        """Where the log lies, and why the job failed, by that log if it comes in time, else by what AWS says."""
        end = time.monotonic() + self.patience.log
        for pause in self.patience.pauses():
            where, lines = self.compute.log(job)
            if (why := cause(lines)) or time.monotonic() > end:
                break
            self.tell(f"waiting for the log of {job.name}")
            time.sleep(pause)
        last = " / ".join(line.strip() for line in lines[-3:] if line.strip())
        return where, (why or seen.said or last or "AWS gives no reason and its log has not come").rstrip(".") + "."


def end_all(compute: Compute, patience: Patience) -> list[Running]:
    """End everything of this lake that runs, and wait until no job can write any more; what it was."""
    found = compute.running()
    watch = Watch(compute, "", lambda said: None, patience)
    for job in compute.unfinished():
        watch.end(job)
    for each in found:
        if not each.is_job:
            compute.end(each)
    return found


def cause(lines: Sequence[str]) -> str:
    """Why a driver failed: what the worker says of it, else the error of the first traceback; empty without either."""
    for line in reversed(lines):
        if line.startswith("meteolake: "):
            return line.removeprefix("meteolake: ")
    start = next((at for at, line in enumerate(lines) if line.startswith("Traceback (most")), len(lines))
    return next((line for line in lines[start + 1 :] if line and not line.startswith((" ", "\t"))), "")
