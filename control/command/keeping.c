/* SPDX-License-Identifier: BSD-3-Clause */
/* Evidence and the export to HOMER beside a live probe, see keeping.h: both read the tapes of the workers, which are made for them only. */
#include "control/command/keeping.h"

bool keeping_open(struct keeping *k, const struct keeping_base *base, char error[KEEPING_ERROR_MAX])
{
	struct evidence_settings settings = { .plan = base->plan,
					      .folder = base->plan->evidence.directory,
					      .tapes = { .count = base->worker_count },
					      .pseudonym = base->pseudonym };

	if (base->plan->evidence.directory == NULL && base->plan->hep.target == NULL)
		return true;
	if (!live_keep_tapes(base->live, base->plan->evidence.ring)) {
		snprintf(error, KEEPING_ERROR_MAX, "no memory for recent packets; lower evidence.ring");
		return false;
	}
	for (unsigned int i = 0; i < base->worker_count; i++)
		settings.tapes.tapes[i] = live_tape(base->live, i);
	if (settings.folder != NULL) {
		k->evidence = evidence_open(&settings, error);
		if (k->evidence == NULL)
			return false;
		engine_listen(base->engine,
			      &(struct audience){
				      .self = k->evidence, .outcome = evidence_outcome, .tick = evidence_tick, .alarm = evidence_alarm });
	}
	if (base->plan->hep.target == NULL)
		return true;
	k->hep = hep_export_open(base->plan, &settings.tapes, base->pseudonym, error);
	if (k->hep == NULL)
		return false;
	engine_listen(base->engine, &(struct audience){ .self = k->hep, .outcome = hep_export_outcome, .tick = hep_export_tick });
	return true;
}

void keeping_show(struct keeping *k, struct metrics *metrics, struct board *board)
{
	if (k->evidence != NULL) {
		metrics_extend(metrics, evidence_write_metrics, k->evidence);
		board_section(board, "evidence", evidence_write_state, k->evidence);
	}
	if (k->hep != NULL) {
		metrics_extend(metrics, hep_export_write_metrics, k->hep);
		board_section(board, "hep", hep_export_write_state, k->hep);
	}
}

void keeping_plan(struct keeping *k, const struct plan *plan)
{
	if (k->evidence != NULL)
		evidence_plan(k->evidence, plan);
}

void keeping_close(struct keeping *k)
{
	evidence_close(k->evidence);
	hep_export_close(k->hep);
	*k = (struct keeping){ 0 };
}
