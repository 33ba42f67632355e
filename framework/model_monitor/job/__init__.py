"""A check as an ordinary processing job does it: analyse, compare with what was resolved, hand a baseline on.

In folders of the job's:

    baseline/manifest.json                       where the previous baseline is from
    baseline/statistics.json, constraints.json   the previous baseline, as far as there is one
    output/calculated/                           the documents of this run's data
    output/used/                                 those that later runs compare with
    output/constraint_violations.json            what was found wrong, where something was compared
"""
