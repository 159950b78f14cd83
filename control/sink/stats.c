/* SPDX-License-Identifier: BSD-3-Clause */
/* The account of packets, messages and transactions, see stats.h. Control's thread, at the end or between ticks. */
#include "control/sink/stats.h"

#include <inttypes.h>

static void verdicts_write(const struct account *a, enum verdict_kind kind, const char *name, FILE *out)
{
	const char *comma = "";

	fprintf(out, ",\"%s\":{", name);
	for (int v = 0; v < VERDICT_COUNT; v++) {
		const struct verdict_row *row = verdict_row((enum verdict)v);

		if (row->kind != kind || a->verdicts[v] == 0)
			continue;
		fprintf(out, "%s\"%s\":%" PRIu64, comma, row->name, a->verdicts[v]);
		comma = ",";
	}
	fputc('}', out);
}

/* What a message cost, by stage; nothing for a replay, which is not measured. */
static void stages_write(const struct worker_report *r, FILE *out)
{
	uint64_t messages = r->account.messages[ACCOUNT_M3UA] + r->account.messages[ACCOUNT_DIAMETER];
	uint64_t sum = 0;

	for (int i = 0; i < STAGE_COUNT; i++)
		sum += r->stages.cycles[i];
	if (sum == 0 || messages == 0)
		return;
	fprintf(out, ",\"%s\":{", stages_are_cycles() ? "cycles_per_message" : "nanoseconds_per_message");
	for (int i = 0; i < STAGE_COUNT; i++)
		fprintf(out, "\"%s\":%.1f,", stage_names[i], (double)r->stages.cycles[i] / (double)messages);
	fprintf(out, "\"all\":%.1f}", (double)sum / (double)messages);
}

void stats_write_json(const struct worker_report *r, double seconds, FILE *out)
{
	const struct account *a = &r->account;
	const struct transaction_counters *t = &r->transactions;

	fprintf(out, "{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"decoded\":%" PRIu64, a->packets, a->bytes,
		a->verdicts[VERDICT_DECODED]);
	verdicts_write(a, VERDICT_KIND_IGNORED, "ignored", out);
	verdicts_write(a, VERDICT_KIND_MALFORMED, "malformed", out);
	verdicts_write(a, VERDICT_KIND_DROPPED, "dropped", out);
	fprintf(out, ",\"messages\":{");
	for (int m = 0; m < ACCOUNT_MESSAGE_COUNT; m++)
		fprintf(out, "%s\"%s\":%" PRIu64, m == 0 ? "" : ",", account_message_name((enum account_message)m), a->messages[m]);
	fprintf(out, ",\"refused\":%" PRIu64 "}", a->refused_messages);
	if (a->sightings > 0)
		fprintf(out, ",\"sightings\":%" PRIu64, a->sightings);
	fprintf(out,
		",\"transactions\":{\"opened\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"timeout\":%" PRIu64 ",\"unmatched\":%" PRIu64
		",\"evicted\":%" PRIu64 ",\"open\":%" PRIu64 ",\"late\":%" PRIu64 ",\"repeated\":%" PRIu64 "}",
		t->opened, t->answered, t->timeout, t->unmatched, t->evicted, t->open, t->late, t->repeated);
	fprintf(out,
		",\"sctp\":{\"directions\":%" PRIu64 ",\"chunks\":%" PRIu64 ",\"duplicates\":%" PRIu64 ",\"missing\":%" PRIu64
		",\"restarts\":%" PRIu64 ",\"given_up\":%" PRIu64 "}",
		r->associations.directions, r->associations.chunks, r->associations.duplicates, r->associations.missing,
		r->associations.restarts, r->associations.given_up);
	fprintf(out,
		",\"tcp\":{\"streams\":%" PRIu64 ",\"duplicate_bytes\":%" PRIu64 ",\"gaps\":%" PRIu64 ",\"gap_bytes\":%" PRIu64
		",\"refused\":%" PRIu64 "}",
		r->streams.streams, r->streams.duplicate_bytes, r->streams.gaps, r->streams.gap_bytes, r->streams.refused);
	fprintf(out,
		",\"refused\":{\"datagrams\":%" PRIu64 ",\"segments\":%" PRIu64 ",\"indications\":%" PRIu64 ",\"outcomes\":%" PRIu64
		",\"names\":%" PRIu64 ",\"cells\":%" PRIu64 ",\"streams\":%" PRIu64 ",\"incidents\":%" PRIu64,
		r->expired_datagrams, r->given_up_segments, r->refused_indications, r->refused_outcomes, r->refused_names, r->refused_cells,
		r->refused_streams, r->refused_incidents);
	if (r->refused_connections > 0)
		fprintf(out, ",\"connections\":%" PRIu64, r->refused_connections);
	fputc('}', out);
	stages_write(r, out);
	fprintf(out, ",\"seconds\":%.6f}\n", seconds);
}

uint64_t stats_packets(const struct account *a, enum verdict_kind kind)
{
	uint64_t sum = 0;

	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (verdict_row((enum verdict)v)->kind == kind)
			sum += a->verdicts[v];
	}
	return sum;
}

/* The reasons of one kind, as far as there are any: "ignored: 6474 no-payload, 3 other-port". */
static void reasons_write(const struct account *a, enum verdict_kind kind, const char *name, FILE *out)
{
	const char *before = name;

	if (stats_packets(a, kind) == 0)
		return;
	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (verdict_row((enum verdict)v)->kind != kind || a->verdicts[v] == 0)
			continue;
		fprintf(out, "%s%" PRIu64 " %s", before, a->verdicts[v], verdict_row((enum verdict)v)->name);
		before = ", ";
	}
	fputc('\n', out);
}

void stats_write_text(const struct worker_report *r, double seconds, FILE *out)
{
	const struct account *a = &r->account;
	const struct transaction_counters *t = &r->transactions;

	fprintf(out,
		"%" PRIu64 " packets in %.1f s: %" PRIu64 " decoded, %" PRIu64 " ignored, %" PRIu64 " malformed, %" PRIu64 " dropped\n",
		a->packets, seconds, a->verdicts[VERDICT_DECODED], stats_packets(a, VERDICT_KIND_IGNORED),
		stats_packets(a, VERDICT_KIND_MALFORMED), stats_packets(a, VERDICT_KIND_DROPPED));
	reasons_write(a, VERDICT_KIND_IGNORED, "  ignored: ", out);
	reasons_write(a, VERDICT_KIND_MALFORMED, "  malformed: ", out);
	reasons_write(a, VERDICT_KIND_DROPPED, "  dropped: ", out);
	fprintf(out,
		"%" PRIu64 " MAP components, %" PRIu64 " Diameter messages; %" PRIu64 " requests: %" PRIu64 " answered, %" PRIu64
		" without answer (%" PRIu64 " answered late), %" PRIu64 " open at the end; %" PRIu64 " answers without request\n",
		a->messages[ACCOUNT_MAP], a->messages[ACCOUNT_DIAMETER], t->opened, t->answered, t->timeout, t->late, t->open,
		t->unmatched);
	if (a->sightings > 0)
		fprintf(out, "%" PRIu64 " sightings of the watch list\n", a->sightings);
	if (r->refused_cells + r->refused_streams > 0)
		fprintf(out, "some streams were not judged for lack of room: raise limits.cells\n");
	if (r->refused_connections > 0)
		fprintf(out, "%" PRIu64 " connections were not followed for lack of room: raise limits.transactions\n",
			r->refused_connections);
	if (t->evicted > 0)
		fprintf(out, "%" PRIu64 " requests were not followed for lack of room: raise limits.transactions\n", t->evicted);
}
