"""Parses the options that all commands have, and shows progress on stderr and results on stdout."""
