#!/bin/sh
# What a job's virtual environment has as pip: that of the interpreter beside it.
exec "${0%/*}/python3" -m pip "$@"
