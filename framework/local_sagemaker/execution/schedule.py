"""Decides which steps may start: a pure function, so that it can be read and tested on its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def ready_steps(
    edges: Mapping[str, Collection[str]],
    status: Mapping[str, str],
    not_taken: Collection[str] = (),
    limit: int | None = None,
) -> list[str]:
    """Return the steps to start now, in the definition's order.

    Args:
        edges: step -> the steps that it waits for.
        status: the steps that have started, each Executing, Succeeded, Failed or Stopped.
        not_taken: steps of a branch that was not taken. A step that waits for one of them never becomes ready.
        limit: how many steps may run at the same time; None for any number.

    After a failure no more steps start; running ones may end.
    """
    if any(s in ("Failed", "Stopped") for s in status.values()):
        return []
    waiting = [name for name in edges if name not in status and name not in not_taken]
    free = [name for name in waiting if all(status.get(e) == "Succeeded" for e in edges[name])]
    running = sum(s == "Executing" for s in status.values())
    return free if limit is None else free[: max(0, limit - running)]
