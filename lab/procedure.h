/* SPDX-License-Identifier: BSD-3-Clause */
/* The procedures of the simulated operator, their domains, and sets of them as bits. */
#ifndef SIGCANARY_LAB_PROCEDURE_H
#define SIGCANARY_LAB_PROCEDURE_H

#include <stdint.h>

enum domain { DOMAIN_CS, DOMAIN_PS, DOMAIN_EPS, DOMAIN_IMS, DOMAIN_COUNT };

enum lab_procedure {
#define PROCEDURE(name, words, domain, operation, context, give_up) PROCEDURE_##name,
#include "lab/procedure.def"
#undef PROCEDURE
	LAB_PROCEDURES
};

struct lab_procedure_row {
	const char *words;
	uint8_t domain;
	uint16_t operation;
	uint8_t context;
	uint8_t give_up_s;
};

extern const struct lab_procedure_row lab_procedure_rows[LAB_PROCEDURES];

/* Sets; 0 is taken as all of them. */
#define LAB_SET(name)        (UINT32_C(1) << PROCEDURE_##name)
#define LAB_SET_CS           (LAB_SET(SAI_CS) | LAB_SET(UL))
#define LAB_SET_PS           (LAB_SET(SAI_PS) | LAB_SET(ULGPRS))
#define LAB_SET_EPS          (LAB_SET(AIR) | LAB_SET(ULR))
#define LAB_SET_IMS          (LAB_SET(UAR) | LAB_SET(MAR) | LAB_SET(SAR))
#define LAB_SET_UPDATES      (LAB_SET(UL) | LAB_SET(ULGPRS) | LAB_SET(ULR))
#define LAB_SET_TEXTS        (LAB_SET(SRI_SM) | LAB_SET(MT) | LAB_SET(MO))
#define LAB_SET_REGISTRATION (LAB_SET_CS | LAB_SET_PS | LAB_SET_EPS)

#endif
