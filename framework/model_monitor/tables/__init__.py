"""Read datasets as chunks of columns, whatever the format of their files.

A format is a row of ``FORMATS``, under the name that the analyzer's ``dataset_format`` has for it.
"""
