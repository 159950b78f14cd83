/* SPDX-License-Identifier: BSD-3-Clause */
/* From the link-layer numbers of captures to the link layers that are decoded. */
#ifndef SIGCANARY_SOURCE_LINKTYPE_H
#define SIGCANARY_SOURCE_LINKTYPE_H

#include <stdint.h>

/* The enum link_type of a LINKTYPE_ (files) or DLT_ (libpcap) number; LINK_TYPE_UNSUPPORTED for all that are not decoded. */
uint8_t linktype_read(uint32_t number);

#endif
