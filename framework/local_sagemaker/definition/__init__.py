"""A pipeline definition as data: parsed, checked, its graph and its expressions.

Standard library only, and nothing else of this project: whoever has the JSON can read it, with no SDK and no
boto3.
"""
