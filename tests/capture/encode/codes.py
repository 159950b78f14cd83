# SPDX-License-Identifier: BSD-3-Clause
"""The program's own tables of numbers, as rows: the encoder writes every one of them."""
import csv
import functools
import os

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


@functools.lru_cache(maxsize=None)
def table(name):
    """The rows of dataplane/codes/NAME.tsv as dictionaries."""
    with open(os.path.join(TREE, "dataplane", "codes", name + ".tsv"), encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def numbers(name, column="code", **wanted):
    """The numbers of one column, in order and once each, of the rows that have the wanted values."""
    return sorted({int(row[column]) for row in table(name) if all(row[key] == value for key, value in wanted.items())})
