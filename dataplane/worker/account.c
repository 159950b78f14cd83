/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and sums of the packet account, see account.h. */
#include "dataplane/worker/account.h"

#include "dataplane/worker/stages.h"

static const char *const message_names[ACCOUNT_MESSAGE_COUNT] = {
	[ACCOUNT_SCTP] = "sctp", [ACCOUNT_M3UA] = "m3ua",   [ACCOUNT_SCCP] = "sccp",         [ACCOUNT_TCAP] = "tcap",
	[ACCOUNT_MAP] = "map",   [ACCOUNT_CAP] = "cap",     [ACCOUNT_DIAMETER] = "diameter", [ACCOUNT_M2PA] = "m2pa",
	[ACCOUNT_M2UA] = "m2ua", [ACCOUNT_SUA] = "sua",     [ACCOUNT_IUA] = "iua",           [ACCOUNT_MTP3] = "mtp3",
	[ACCOUNT_ISUP] = "isup", [ACCOUNT_BSSAP] = "bssap", [ACCOUNT_RANAP] = "ranap",       [ACCOUNT_SGSAP] = "sgsap",
	[ACCOUNT_S1AP] = "s1ap", [ACCOUNT_NGAP] = "ngap",   [ACCOUNT_NAS] = "nas",
};

const char *const stage_names[STAGE_COUNT] = {
	[STAGE_RECEIVE] = "receive",         [STAGE_LINK_IP] = "link_ip", [STAGE_DECODE] = "decode",
	[STAGE_TRANSACTION] = "transaction", [STAGE_TICK] = "tick",       [STAGE_OUTCOME] = "outcome",
};

const char *account_message_name(enum account_message m)
{
	return message_names[m];
}

void account_add(struct account *sum, const struct account *a)
{
	sum->packets += a->packets;
	sum->bytes += a->bytes;
	for (int i = 0; i < VERDICT_COUNT; i++)
		sum->verdicts[i] += a->verdicts[i];
	for (int i = 0; i < ACCOUNT_MESSAGE_COUNT; i++)
		sum->messages[i] += a->messages[i];
	sum->refused_messages += a->refused_messages;
	sum->sightings += a->sightings;
	sum->refused_notices += a->refused_notices;
}
