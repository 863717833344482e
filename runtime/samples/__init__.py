"""Made-up reports of any form: plausible, valid, the same for the same seed. For training, demonstrations and benches.

    draws.py      numbers and texts out of a seed, of a size that fits the form, the unit and the season
    relations.py  what the form's checks say of the cells a unit enters, where they say it linearly
    balance.py    numbers moved until those relations hold
    series.py     many units over many periods, with what each takes over from its earlier report

Whether a report is right is asked of the validator in the end; nothing here decides it.
"""
