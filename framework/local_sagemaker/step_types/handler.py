"""Defines the interface of a step type: its request, its outcome, its handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local_sagemaker.account import Account


@dataclass(frozen=True)
class Request:
    """A step that is about to start: its evaluated arguments, and the name that its job would have.

    ``settings`` are the members that the step's type has besides its arguments, evaluated too. ``token`` is the same at
    each attempt of a step in an execution, so that no resource is created twice with it.
    """

    arguments: dict[str, Any]
    job_name: str
    token: str
    branches: dict[str, tuple[str, ...]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """The status of a step, with what it has produced.

    ``status`` is Executing, Succeeded, Failed or Stopped. ``metadata`` is what ListPipelineExecutionSteps shows;
    ``not_taken`` names the steps that will not run because of this one.
    """

    status: str
    properties: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    not_taken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Handler:
    """The functions that run one step type, and its limits.

    ``poll`` and ``stop`` take the job's name, of ``name_length`` characters at most; a type that ends as it starts has
    neither. ``is_idle`` says that the step only waits, and needs no core of this machine.

    ``fidelity`` says what happens here: executed (the user's code, or the service's own logic, ran), emulated (our code
    replaces AWS's container) or recorded (only a record is written).
    """

    fidelity: str
    start: Callable[[Account, Request], Outcome]
    poll: Callable[[Account, str], Outcome] | None = None
    stop: Callable[[Account, str], Any] | None = None
    name_length: int = 63
    is_idle: bool = False
