"""The former name of ``pipelines.steps.human_approval``; see CHANGELOG.md."""

from pipelines.steps.human_approval import ask_reviewer as ask

__all__ = ["ask"]
