# SPDX-License-Identifier: BSD-3-Clause
"""Writes captures of what no public capture shows, from the standards' pages and nothing of the program or of lab/.

A message is `Said`: its bytes, and what was meant, as rows (layer, {field: value}) in the words of tshark.py. Every layer wraps the one
above it and puts its own row in front. `Tape` (wire.py) lays messages into packets and keeps what each frame meant; tapes() of
stories.py fills them all. Causes, errors and names come from dataplane/codes/*.tsv (codes.py), so that none of a table is left out.
"""
