"""Runs a pipeline: prepares it (``prepared``), or says what a run would do (``plans``)."""
