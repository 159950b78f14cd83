/* SPDX-License-Identifier: BSD-3-Clause */
/* What the messages of Cx (TS 29.229) hold beyond what all Diameter messages do. */
#ifndef SIGCANARY_LAB_ENCODE_CX_H
#define SIGCANARY_LAB_ENCODE_CX_H

#include "lab/encode_diameter.h"

#define CX_REALM "ims.mnc010.mcc234.3gppnetwork.org"

void cx_uar(struct pen *p, const struct s6a_subject *s);
void cx_mar(struct pen *p, const struct s6a_subject *s);
void cx_sar(struct pen *p, const struct s6a_subject *s);
void cx_lir(struct pen *p, const struct s6a_subject *s);
void cx_maa(struct pen *p, const struct s6a_subject *s);
void cx_saa(struct pen *p, const struct s6a_subject *s);
void cx_lia(struct pen *p, const struct s6a_subject *s);

#endif
