/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The procedures of the simulator of ticks. Weights are those of a network of a million subscribers at its busy hour, usual shares of
 * refusals are plausible ones; both are assumptions that no tap has confirmed. What follows what: 29.002 8.1, 29.272 5.2, 29.228 6.1.
 */
#include "lab/ticks_model.h"

enum {
	ROW_SAI_CS,
	ROW_SAI_PS,
	ROW_UL,
	ROW_ULGPRS,
	ROW_CL_CS,
	ROW_CL_PS,
	ROW_PURGE_CS,
	ROW_PURGE_PS,
	ROW_SRI,
	ROW_SRI_SM,
	ROW_MT,
	ROW_MO,
	ROW_AIR,
	ROW_ULR,
	ROW_CLR,
	ROW_PUR,
	ROW_NOR,
	ROW_UAR,
	ROW_MAR,
	ROW_SAR,
	ROW_LIR,
	ROW_COUNT
};

#define NOTHING                                                                                                                            \
	{                                                                                                                                  \
		{ -1, 0 },                                                                                                                 \
		{                                                                                                                          \
			-1, 0                                                                                                              \
		}                                                                                                                          \
	}
#define THEN(a, b)                                                                                                                         \
	{                                                                                                                                  \
		{ ROW_##a, b },                                                                                                            \
		{                                                                                                                          \
			-1, 0                                                                                                              \
		}                                                                                                                          \
	}
#define MAP(name, f) .procedure = PROCEDURE_##name, .registers = FAMILY_HLR, .serving = FAMILY_##f
#define S6A(name)    .procedure = PROCEDURE_##name, .registers = FAMILY_HSS, .serving = FAMILY_MME
#define CX(name)     .procedure = PROCEDURE_##name, .registers = FAMILY_HSS, .serving = FAMILY_CSCF

const struct ticks_row ticks_rows[] = {
	[ROW_SAI_CS] = { MAP(SAI_CS, VLR), .is_tried_again = true, .roams = true, .weight = 100, .median_s = 0.07, .user = 0.005,
			 .network = 5e-4, .missing = 2e-3, .next = THEN(UL, 0.56) },
	[ROW_SAI_PS] = { MAP(SAI_PS, SGSN), .is_tried_again = true, .roams = true, .weight = 67, .median_s = 0.07, .user = 0.005,
			 .network = 5e-4, .missing = 2e-3, .next = THEN(ULGPRS, 0.83) },
	[ROW_UL] = { MAP(UL, VLR), .is_update = true, .is_tried_again = true, .roams = true, .weight = 56, .median_s = 0.12,
		     .network = 1e-3, .missing = 3e-3, .next = THEN(CL_CS, 0.8) },
	[ROW_ULGPRS] = { MAP(ULGPRS, SGSN), .is_update = true, .is_tried_again = true, .roams = true, .weight = 56, .median_s = 0.12,
			 .network = 1e-3, .missing = 3e-3, .next = THEN(CL_PS, 0.6) },
	[ROW_CL_CS] = { MAP(CL_CS, VLR), .is_downward = true, .roams = true, .weight = 60, .median_s = 0.08, .user = 0.01, .network = 5e-4,
			.missing = 5e-3, .next = NOTHING },
	[ROW_CL_PS] = { MAP(CL_PS, SGSN), .is_downward = true, .roams = true, .weight = 35, .median_s = 0.08, .user = 0.01, .network = 5e-4,
			.missing = 5e-3, .next = NOTHING },
	[ROW_PURGE_CS] = { MAP(PURGE_CS, VLR), .roams = true, .weight = 8, .median_s = 0.07, .user = 0.002, .network = 5e-4,
			   .missing = 3e-3, .next = NOTHING },
	[ROW_PURGE_PS] = { MAP(PURGE_PS, SGSN), .roams = true, .weight = 4, .median_s = 0.07, .user = 0.002, .network = 5e-4,
			   .missing = 3e-3, .next = NOTHING },
	[ROW_SRI] = { MAP(SRI, GMSC), .weight = 139, .median_s = 0.15, .user = 0.05, .network = 1e-3, .missing = 3e-3, .next = NOTHING },
	[ROW_SRI_SM] = { MAP(SRI_SM, SMSC), .weight = 111, .median_s = 0.08, .user = 0.04, .network = 1e-3, .missing = 2e-3,
			 .next = THEN(MT, 0.95) },
	[ROW_MT] = { .procedure = PROCEDURE_MT,
		     .registers = FAMILY_SMSC,
		     .serving = FAMILY_VLR,
		     .is_downward = true,
		     .weight = 105,
		     .median_s = 2.2,
		     .user = 0.065,
		     .network = 2e-3,
		     .missing = 3e-3,
		     .next = NOTHING },
	[ROW_MO] = { .procedure = PROCEDURE_MO,
		     .registers = FAMILY_SMSC,
		     .serving = FAMILY_VLR,
		     .weight = 90,
		     .median_s = 0.3,
		     .user = 0.01,
		     .network = 1e-3,
		     .missing = 2e-3,
		     .next = NOTHING },
	[ROW_AIR] = { S6A(AIR), .is_tried_again = true, .roams = true, .weight = 117, .median_s = 0.05, .user = 0.003, .network = 1e-3,
		      .missing = 2e-3, .next = THEN(ULR, 0.36) },
	[ROW_ULR] = { S6A(ULR), .is_update = true, .is_tried_again = true, .roams = true, .weight = 42, .median_s = 0.06, .network = 1e-3,
		      .missing = 3e-3, .next = THEN(CLR, 0.9) },
	[ROW_CLR] = { S6A(CLR), .is_downward = true, .roams = true, .weight = 40, .median_s = 0.05, .user = 0.01, .network = 5e-4,
		      .missing = 3e-3, .next = NOTHING },
	[ROW_PUR] = { S6A(PUR), .roams = true, .weight = 8, .median_s = 0.05, .user = 0.002, .network = 5e-4, .missing = 2e-3,
		      .next = NOTHING },
	[ROW_NOR] = { S6A(NOR), .roams = true, .weight = 17, .median_s = 0.05, .user = 0.002, .network = 5e-4, .missing = 2e-3,
		      .next = NOTHING },
	[ROW_UAR] = { CX(UAR), .is_tried_again = true, .weight = 97, .median_s = 0.04, .user = 0.003, .network = 5e-4, .missing = 1e-3,
		      .next = { { ROW_MAR, 0.62 }, { ROW_SAR, 0.38 } } },
	[ROW_MAR] = { CX(MAR), .weight = 60, .median_s = 0.05, .user = 0.001, .network = 5e-4, .missing = 1e-3, .next = THEN(SAR, 0.98) },
	[ROW_SAR] = { CX(SAR), .weight = 97, .median_s = 0.06, .user = 0.001, .network = 5e-4, .missing = 1e-3, .next = NOTHING },
	[ROW_LIR] = { CX(LIR), .weight = 60, .median_s = 0.04, .user = 0.02, .network = 5e-4, .missing = 1e-3, .next = NOTHING },
};

const size_t ticks_row_count = ROW_COUNT;
_Static_assert(ROW_COUNT <= TICKS_ROWS_MAX, "a bit each");
