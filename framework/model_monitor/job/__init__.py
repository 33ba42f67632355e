"""Runs a check in an ordinary processing job: analyse, compare with the resolved baseline, pass a baseline on.

It uses these folders of the job:

    baseline/manifest.json                       where the previous baseline comes from
    baseline/statistics.json, constraints.json   the previous baseline, if there is one
    output/calculated/                           the documents of this run's data
    output/used/                                 the documents that later runs compare with
    output/constraint_violations.json            the violations, if something was compared
"""
