# SPDX-License-Identifier: BSD-3-Clause
"""Stories over time: phones that register over some interface, and a node that fails from one second to another."""
import itertools
import random

from encode import codes, diameter, nas, per, ss7, stories_access, stories_diameter, stories_ran
from encode.diameter import avp, avp3
from encode.wire import Timeline, nothing

NETWORK, SUBSCRIBERS = "23410", 2000
USER_SHARE, USER_CAUSES = 0.03, (2, 13)
ANSWER_S = 0.05


class Fault:
    """What a node does wrong from one second to another; without causes it is silent."""

    def __init__(self, begin, end, causes=()):
        self.begin, self.end, self.causes = begin, end, causes

    def holds(self, second):
        return self.begin <= second < self.end


class Story:
    def __init__(self, seconds, seed=1, user_causes=USER_CAUSES):
        self.user_causes = user_causes
        self.line, self.seconds, self.chance = Timeline(), seconds, random.Random(seed)
        self.references = itertools.count(1)
        self.subscribers = [NETWORK + f"{self.chance.randrange(10**10):010}" for _ in range(SUBSCRIBERS)]

    def phones(self, per_second):
        """Seconds at which a phone begins, and its subscriber."""
        now = 0
        while True:
            now += self.chance.expovariate(per_second)
            if now >= self.seconds - 1:
                return
            yield now, self.chance.choice(self.subscribers)

    def answer(self, second, faults):
        """None: none at all. 0: yes. Else the cause of the refusal."""
        for fault in faults:
            if fault.holds(second):
                return self.chance.choice(fault.causes) if fault.causes else None
        return self.chance.choice(self.user_causes) if self.chance.random() < USER_SHARE else 0

    def connections(self, per_second, ssn, codes_of_radio, core, talk, faults=()):
        """Over SCCP: talk(imsi, cause) are the first message, the answer, and what follows it from either side in turn."""
        links = [(self.line.association(*ss7.M3UA, (10, code % 256), (11, core % 256)), code) for code in codes_of_radio]
        for second, imsi in self.phones(per_second):
            link, code = self.chance.choice(links)
            cause = self.answer(second, faults)
            self.connection(second, link, {"opc": code, "dpc": core}, ssn, talk(imsi, cause or 0), cause is None)

    def connection(self, second, link, label, ssn, said, is_silent):
        mine, theirs = next(self.references), next(self.references) | 0x800000
        back = {"opc": label["dpc"], "dpc": label["opc"]}
        self.line.say(second, link, ss7.m3ua(ss7.cr(said[0], mine, ssn), **label))
        if is_silent:
            return
        self.line.say(second + 0.01, link, ss7.m3ua(ss7.cc(nothing(), mine, theirs), **back), True)
        for step, one in enumerate(said[1:]):
            is_back = step % 2 == 0
            data = ss7.dt1(one, mine if is_back else theirs)
            self.line.say(second + ANSWER_S * (1 + step), link, ss7.m3ua(data, **(back if is_back else label)), is_back)
        end = second + ANSWER_S * len(said)
        self.line.say(end, link, ss7.m3ua(ss7.rlsd(nothing(), mine, theirs, 3), **back), True)
        self.line.say(end + 0.01, link, ss7.m3ua(ss7.rlc(theirs, mine), **label))

    def location_updates(self, per_second, faults=(), radio=(301, 302, 303), core=3002):
        def talk(imsi, cause):
            answer = nas.layer3("mm", 4, cause=cause) if cause else nas.layer3("mm", 2, nas.LAI)
            return [stories_access.complete_layer3(nas.location_update_request(imsi=imsi)), stories_access.dtap(answer)]
        self.connections(per_second, stories_access.BSSAP, radio, core, talk, faults)

    def attaches(self, per_second, faults=(), radio=(401, 402), core=4100):
        def talk(imsi, cause):
            answer = nas.layer3("gmm", 4, cause=cause) if cause else nas.layer3("gmm", 2, b"\x01\x49\x04" + nas.RAI)
            return [per.initial_ue(nas.attach_request(imsi), per.PS), per.direct_transfer(answer)]
        self.connections(per_second, stories_access.RANAP, radio, core, talk, faults)

    def exchanges(self, per_second, association, pair, faults=()):
        """Request and answer on one association: pair(imsi, cause) makes both."""
        for second, imsi in self.phones(per_second):
            cause = self.answer(second, faults)
            request, answer = pair(imsi, cause or 0)
            self.line.say(second, association, request)
            if cause is not None:
                self.line.say(second + ANSWER_S, association, answer, True)

    def eps_attaches(self, per_second, mme, faults=()):
        self.eps(per_second, mme, faults, nas.eps_attach_request, 0x44, nas.eps_attach_accept())

    def tracking_area_updates(self, per_second, mme, faults=()):
        """By phones that say their temporary identity."""
        self.eps(per_second, mme, faults, lambda imsi: nas.tracking_area_request(), 0x4B, nas.emm(0x49, b"\x00"))

    def eps(self, per_second, mme, faults, asked, refused, accepted):
        def pair(imsi, cause):
            phone = next(self.references)
            answer = nas.emm(refused, cause=cause) if cause else accepted
            return per.s1_initial(asked(imsi), phone), per.s1_downlink(answer, phone + 1, phone)
        for base_station in (1, 2, 3):
            self.exchanges(per_second / 3, self.line.association(*stories_ran.S1AP, (20, base_station), (21, mme)), pair, faults)

    def sgs_updates(self, per_second, faults=(), mme=1, msc=1):
        def pair(imsi, cause):
            who = bytes([1, 8]) + nas.identity(imsi)
            answer = (11, who, bytes([0x0F, 1, cause])) if cause else (10, who, stories_ran.LAI)
            return stories_ran.sgsap(9, who, stories_ran.MME_NAME, b"\x0a\x01\x01", stories_ran.LAI), stories_ran.sgsap(*answer)
        self.exchanges(per_second, self.line.association(*stories_ran.SGSAP, (30, mme), (31, msc)), pair, faults)

    def diameter(self, per_second, row, server, faults=()):
        """One command of stories_diameter.EXCHANGES; refusals are results."""
        application, command, avps, user, back = row

        def pair(imsi, cause):
            name = user and user.replace(stories_diameter.IMSI, imsi)
            request, hop, end, session = stories_diameter.asked(application, command, avps, name, extra=[avp(293, server)])
            wrong = {"result": cause} if cause in codes.numbers("diameter_result_base") else {"experimental": cause} if cause else {"avps": back}
            return request, stories_diameter.answered(application, command, hop, end, session, host=server, **wrong)
        number = len(self.line.associations)
        self.exchanges(per_second, self.line.association(stories_diameter.PORT, stories_diameter.PPID, (40, 1), (41, number)), pair, faults)
