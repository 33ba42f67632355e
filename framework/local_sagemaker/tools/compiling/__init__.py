"""Compiles the pipeline of a MODULE in a process of its own.

The module may make its own sessions and return the SDK's own pipeline, of version 2 or 3. A pipeline for this machine
is compiled where a copy of the root answers every call, so that it needs no region, no credentials and no network, and
changes nothing.
"""
