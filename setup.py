"""All metadata stand in setup.cfg; this file lets old tools find them."""

from setuptools import setup

setup()
