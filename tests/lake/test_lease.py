import json
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from meteolake.errors import LakeError
from meteolake.lake import lease
from meteolake.lake.objects import Objects


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(str(tmp_path))


def test_a_second_run_is_sent_away_with_the_name_of_the_first(objects: Objects) -> None:
    with (
        lease.hold(objects, "first"),
        pytest.raises(LakeError, match="Run first"),
        lease.hold(objects, "second", wait_seconds=0),
    ):
        pass


def test_a_second_run_waits_for_the_first(objects: Objects) -> None:
    order = []

    def second() -> None:
        with lease.hold(objects, "second", wait_seconds=10, on_wait=lambda holder: order.append(holder.run_id)):
            order.append("second")

    with lease.hold(objects, "first"):
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.2)
        order.append("first is over")
    waiting.join()
    assert order == ["first", "first is over", "second"]


def test_only_one_of_many_at_once_holds_it(objects: Objects) -> None:
    holders: list[str] = []
    most = []

    def contend(name: str) -> None:
        with lease.hold(objects, name, wait_seconds=30):
            holders.append(name)
            most.append(len(holders))
            time.sleep(0.01)
            holders.remove(name)

    threads = [threading.Thread(target=contend, args=(f"run {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 6


def test_a_number_that_was_held_and_forgotten_meanwhile_is_not_a_lease(
    objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lease.hold(objects, "first"):
        pass
    create, third = objects.create, ExitStack()
    is_first = True

    def while_others_come_and_go(path: str, data: bytes) -> bool:
        """The number was free when we looked; two others take it and the next before we write."""
        nonlocal is_first
        if is_first:
            is_first = False
            monkeypatch.setattr(objects, "create", create)
            with lease.hold(objects, "second"):
                pass
            third.enter_context(lease.hold(objects, "third"))
            monkeypatch.setattr(objects, "create", while_others_come_and_go)
        return create(path, data)

    monkeypatch.setattr(objects, "create", while_others_come_and_go)
    with pytest.raises(LakeError, match="Run third"), lease.hold(objects, "late", wait_seconds=0.0):
        pass
    holder = lease.current(objects)
    assert holder is not None
    assert holder.run_id == "third"
    third.close()


def test_a_run_that_died_is_succeeded_when_its_time_is_over(objects: Objects) -> None:
    dead = {"run_id": "dead", "host": "elsewhere", "process": 1, "expires_at": time.time() + 0.3, "is_released": False}
    objects.create("lease/000001.json", json.dumps(dead).encode())
    started = time.monotonic()
    with lease.hold(objects, "next", wait_seconds=5):
        assert time.monotonic() - started >= 0.3
        found = lease.current(objects)
    assert found is not None
    assert found.run_id == "next"


def test_a_dead_process_of_this_machine_is_succeeded_at_once(objects: Objects) -> None:
    import socket

    gone = {
        "run_id": "dead",
        "host": socket.gethostname(),
        "process": 2**22 + 1,
        "expires_at": time.time() + 100,
        "is_released": False,
    }
    objects.create("lease/000001.json", json.dumps(gone).encode())
    with lease.hold(objects, "next", wait_seconds=0):
        pass


def test_a_long_run_keeps_its_lease(objects: Objects) -> None:
    with lease.hold(objects, "long", seconds=0.3):
        time.sleep(0.6)
        found = lease.current(objects)
        assert found is not None
        assert found.run_id == "long"
    assert lease.current(objects) is None


def test_old_leases_are_cleared_away(objects: Objects) -> None:
    for number in range(3):
        with lease.hold(objects, f"run {number}"):
            pass
    assert list(objects.list("lease")) == ["lease/000003.json"]
