/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the probe could not see, and how the report computes: packets by verdict, losses by layer, everything refused for lack of room. A
 * number that hides its blind spots is worth nothing, so every counter of the dataplane that is not zero becomes a sentence here. Counters
 * and their sentences are a table. Control's thread.
 */
#include <inttypes.h>
#include <stddef.h>

#include "control/sink/report_html.h"
#include "control/sink/report_page.h"

/* Counters of the dataplane that are not zero only when something was not seen. */
#define COUNTER(member) offsetof(struct worker_report, member)
static const struct {
	size_t counter;
	const char *one, *many;
	const char *meaning;
} blind[] = {
	{ COUNTER(associations.missing), "SCTP chunk", "SCTP chunks", "never came (TSNs missing): the tap or the capture lost packets" },
	{ COUNTER(associations.restarts), "SCTP direction", "SCTP directions", "jumped to other TSNs and had to be picked up anew" },
	{ COUNTER(associations.strays), "SCTP chunk", "SCTP chunks", "lay far outside the window and found no use" },
	{ COUNTER(associations.given_up), "fragmented message", "fragmented messages", "stayed incomplete because the rest never came" },
	{ COUNTER(streams.gaps), "TCP gap", "TCP gaps", "had to be skipped to the next plausible message" },
	{ COUNTER(streams.gap_bytes), "byte", "bytes", "lay inside TCP gaps" },
	{ COUNTER(streams.restarts), "TCP direction", "TCP directions", "jumped to other sequence numbers and had to be picked up anew" },
	{ COUNTER(streams.refused), "TCP segment", "TCP segments", "found no room: raise limits.streams" },
	{ COUNTER(streams.given_up), "byte", "bytes", "of silent TCP connections were thrown away to make room" },
	{ COUNTER(expired_datagrams), "IP datagram", "IP datagrams", "stayed incomplete: fragments are missing" },
	{ COUNTER(given_up_segments), "SCCP message", "SCCP messages", "stayed incomplete: segments are missing" },
	{ COUNTER(account.refused_messages), "message", "messages", "could not be read as the standard says" },
	{ COUNTER(transactions.open), "request", "requests", "remained open at the end, too young to judge: not counted as failed" },
	{ COUNTER(transactions.unmatched), "answer", "answers",
	  "came without a request: the requests were not captured, or came before the capture" },
	{ COUNTER(transactions.late), "request", "requests", "got an answer after the timeout" },
	{ COUNTER(transactions.repeated), "request", "requests", "came again, by retransmission or on another hop: counted once" },
	{ COUNTER(transactions.evicted), "request", "requests", "could not be followed for lack of room: raise limits.transactions" },
	{ COUNTER(refused_indications), "message", "messages", "got lost between workers: a ring was full" },
	{ COUNTER(refused_outcomes), "outcome", "outcomes", "got lost between workers and control" },
	{ COUNTER(refused_names), "host name", "host names", "found no room, shown here by number only: raise limits.names" },
};
#undef COUNTER

static const char *const kind_words[] = {
	[VERDICT_KIND_DECODED] = "decoded",
	[VERDICT_KIND_IGNORED] = "ignored",
	[VERDICT_KIND_MALFORMED] = "malformed",
	[VERDICT_KIND_DROPPED] = "dropped",
};

static uint64_t verdicts_sum(const struct account *a, enum verdict_kind kind)
{
	uint64_t sum = 0;

	for (int v = 0; v < VERDICT_COUNT; v++)
		sum += verdict_row((enum verdict)v)->kind == kind ? a->verdicts[v] : 0;
	return sum;
}

static void packets_write(const struct account *a, FILE *out)
{
	uint64_t dropped = verdicts_sum(a, VERDICT_KIND_DROPPED);

	fputs("<p>", out);
	html_count(out, a->packets, "packet was read: ", "packets were read: ");
	html_number(out, verdicts_sum(a, VERDICT_KIND_DECODED));
	fputs(" decoded, ", out);
	html_number(out, verdicts_sum(a, VERDICT_KIND_IGNORED));
	fputs(" ignored (not signalling, or seen before), ", out);
	html_number(out, verdicts_sum(a, VERDICT_KIND_MALFORMED));
	fputs(" malformed, ", out);
	if (dropped == 0) {
		fputs("none dropped.</p>\n", out);
		return;
	}
	html_number(out, dropped);
	fputs(" dropped for lack of room.</p>\n", out);
}

static void verdict_table_write(const struct account *a, FILE *out)
{
	if (a->packets == a->verdicts[VERDICT_DECODED])
		return;
	fputs("<div class=\"wide long\"><table>\n<caption>Packets that were not used, by reason</caption>\n<thead><tr><th "
	      "scope=\"col\">Fate</th>"
	      "<th scope=\"col\">Reason</th><th scope=\"col\">Clause</th><th scope=\"col\" class=\"number\">Packets</th>"
	      "<th scope=\"col\" class=\"number\">Share</th></tr></thead>\n<tbody>\n",
	      out);
	for (int v = VERDICT_DECODED + 1; v < VERDICT_COUNT; v++) {
		const struct verdict_row *row = verdict_row((enum verdict)v);

		if (a->verdicts[v] == 0)
			continue;
		fprintf(out, "<tr><td>%s</td><td>", kind_words[row->kind]);
		html_text(out, row->words);
		fputs(" <code>", out);
		html_text(out, row->name);
		fputs("</code></td><td>", out);
		html_text(out, row->clause);
		fputs("</td><td class=\"number\">", out);
		html_number(out, a->verdicts[v]);
		fputs("</td><td class=\"number\">", out);
		html_share(out, a->packets > 0 ? (double)a->verdicts[v] / (double)a->packets : -1);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody>\n</table></div>\n", out);
}

static void sentence_write(FILE *out, bool *has_list, uint64_t number, const char *subject, const char *meaning)
{
	if (number == 0)
		return;
	if (!*has_list)
		fputs("<ul class=\"blind\">\n", out);
	*has_list = true;
	fputs("<li><strong>", out);
	html_number(out, number);
	fprintf(out, "</strong> %s %s.</li>\n", subject, meaning);
}

static void refusals_write(const struct report *r, bool *has_list, FILE *out)
{
	struct history_totals totals = history_totals(r->history);

	sentence_write(out, has_list, totals.refused_cells, "counts of streams", "found no room in the tally: raise limits.cells");
	sentence_write(out, has_list, totals.dropped, "frames", "were lost before or inside the probe while the report was gathered");
	sentence_write(out, has_list, totals.refused_ticks, "ticks", "had an impossible time and are missing in this report");
	sentence_write(out, has_list, history_refused(r->history, SERIES_SERVER), "counts",
		       "of further servers are missing in the tables of servers");
	sentence_write(out, has_list, history_refused(r->history, SERIES_NETWORK), "counts",
		       "of further network codes are missing in this report");
	sentence_write(out, has_list, history_refused(r->history, SERIES_PROCEDURE), "counts",
		       "of further procedures are missing in this report");
	sentence_write(out, has_list, r->refused_alarms, "announcements", "of further incidents found no room in this report");
}

void report_sight_write(const struct report *r, const struct worker_report *account, FILE *out)
{
	bool has_list = false;

	fputs("<section id=\"sight\">\n<h2>What the probe could not see</h2>\n", out);
	if (account != NULL)
		packets_write(&account->account, out);
	for (size_t i = 0; account != NULL && i < sizeof(blind) / sizeof(blind[0]); i++) {
		uint64_t number = *(const uint64_t *)((const char *)account + blind[i].counter);

		sentence_write(out, &has_list, number, number == 1 ? blind[i].one : blind[i].many, blind[i].meaning);
	}
	refusals_write(r, &has_list, out);
	fputs(has_list ? "</ul>\n" : "<p>Nothing else was lost or refused.</p>\n", out);
	if (account != NULL)
		verdict_table_write(&account->account, out);
	fputs("</section>\n", out);
}

void report_method_write(const struct report *r, FILE *out)
{
	struct history_span span = history_span(r->history);

	fputs("<h2>How the shares are computed</h2>\n<dl class=\"method\">\n"
	      "<div><dt>refused</dt><dd>(network + congestion + abort) ÷ answers, by the time of the answer</dd></div>\n"
	      "<div><dt>success, user, network, congestion, abort</dt><dd>answers of the class ÷ answers; classes come from the code "
	      "tables "
	      "and the "
	      "configuration</dd></div>\n"
	      "<div><dt>no answer</dt><dd>requests without an answer 2\u00a0s after they were sent, timeouts among them ÷ requests, by the "
	      "time of the "
	      "request; those sent in the last 2\u00a0s are left out</dd></div>\n"
	      "<div><dt>median</dt><dd>of the time from request to answer, from bins of powers of two milliseconds, "
	      "interpolated</dd></div>\n"
	      "<div><dt>subscribers</dt><dd>distinct failing identities, estimated; requests count attempts and include "
	      "retries</dd></div>\n"
	      "<div><dt>registrations</dt><dd>location updates, authentication and profile downloads of 2G to 4G and IMS, added "
	      "up</dd></div>\n"
	      "</dl>\n<p>Time is kept in bins of ",
	      out);
	html_duration(out, span.width);
	fprintf(out,
		"; a plotted point sums as many as it takes to mean something. All times are UTC and come from the packets. %s</p>\n"
		"<p class=\"made\">Made by sigcanary %s.</p>\n",
		r->writer.pseudonym->is_clear ? "Identities are in clear." : "Subscribers are named by keyed pseudonyms.",
		SIGCANARY_VERSION);
}
