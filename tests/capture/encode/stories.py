# SPDX-License-Identifier: BSD-3-Clause
"""All encoded captures: stories of one link type and one set of words for tshark share a capture, one after the other."""
import collections

import pcap
from encode import stories_access, stories_diameter, stories_map, stories_ran, stories_ss7
from encode.wire import Tape

Story = collections.namedtuple("Story", "name fill link_type preferences plan")


def story(name, fill, link_type=pcap.ETHERNET, preferences=(), plan=()):
    """preferences: of tshark. plan: lines of a configuration of decode."""
    return Story(name, fill, link_type, tuple(preferences), tuple(plan))


STORIES = [story(*row) for module in (stories_ss7, stories_map, stories_access, stories_ran, stories_diameter) for row in module.STORIES]


def tapes():
    """{(link type, preferences, plan): tape}; `stories` of a tape says in which frame each of them begins."""
    found = {}
    for one in STORIES:
        tape = found.setdefault((one.link_type, one.preferences, one.plan), Tape(one.link_type))
        tape.stories.append((len(tape.packets) + 1, one.name))
        one.fill(tape)
    return found


def story_of(tape, frame):
    """The story that a frame (from 1) belongs to, and its number in there."""
    start, name = max(row for row in tape.stories if row[0] <= frame)
    return name, frame - start + 1
