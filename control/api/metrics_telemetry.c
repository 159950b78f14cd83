/* SPDX-License-Identifier: BSD-3-Clause */
/* What /metrics tells, as commands of DPDK's telemetry socket, see telemetry.h. Control's thread. */
#include <stdio.h>

#include "control/api/metrics_text.h"
#include "control/api/telemetry.h"

static void number_add(struct telemetry_page *page, const char *name, uint64_t value)
{
	struct telemetry_number *n = &page->numbers[page->count];

	if (page->count == TELEMETRY_NUMBERS_MAX)
		return;
	snprintf(n->name, sizeof(n->name), "%s", name);
	/* DPDK 22.11 refuses names with other characters than letters, digits and '_'. */
	for (char *c = n->name; *c != '\0'; c++) {
		if (*c == '-')
			*c = '_';
	}
	n->value = value;
	page->count++;
}

/* Telemetry has whole numbers only: tenths of a cycle per message. */
static void stages_refresh(const struct worker_report *r)
{
	uint64_t messages = r->account.messages[ACCOUNT_M3UA] + r->account.messages[ACCOUNT_DIAMETER];
	struct telemetry_page page = { 0 };

	for (int i = 0; messages > 0 && i < STAGE_COUNT; i++)
		number_add(&page, stage_names[i], 10 * r->stages.cycles[i] / messages);
	telemetry_publish(TELEMETRY_STAGES, &page);
}

void metrics_telemetry(const struct metrics_numbers *n)
{
	const struct worker_report *r = &n->sum;
	struct telemetry_page page = { 0 };

	number_add(&page, "packets", r->account.packets);
	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (r->account.verdicts[v] > 0)
			number_add(&page, verdict_row((enum verdict)v)->name, r->account.verdicts[v]);
	}
	telemetry_publish(TELEMETRY_PACKETS, &page);
	page.count = 0;
	for (int i = 0; i < ACCOUNT_MESSAGE_COUNT; i++)
		number_add(&page, account_message_name((enum account_message)i), r->account.messages[i]);
	telemetry_publish(TELEMETRY_MESSAGES, &page);
	page.count = 0;
	number_add(&page, "opened", r->transactions.opened);
	number_add(&page, "answered", r->transactions.answered);
	number_add(&page, "timeout", r->transactions.timeout);
	number_add(&page, "evicted", r->transactions.evicted);
	number_add(&page, "open", r->transactions.open);
	number_add(&page, "unmatched", r->transactions.unmatched);
	telemetry_publish(TELEMETRY_TRANSACTIONS, &page);
	page.count = 0;
	for (int s = SEVERITY_WARNING; s <= SEVERITY_CRITICAL; s++)
		number_add(&page, incident_severity_name((enum incident_severity)s), metrics_open_of(n, (enum incident_severity)s));
	telemetry_publish(TELEMETRY_ALARMS, &page);
	stages_refresh(r);
}
