/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The link-layer numbers of capture files (LINKTYPE_, www.tcpdump.org/linktypes.html) and of libpcap (DLT_) in one table: where the two
 * differ (raw IP), both stand here, and no number means two things. Called once per interface or file, by the sources only.
 * What is not in the table is delivered all the same and counted by the walk as "other-link-type".
 */
#include "dataplane/source/linktype.h"

#include <stddef.h>

#include "dataplane/frame.h"

static const struct linktype_row {
	uint32_t number;
	enum link_type type;
} rows[] = {
	{ 0, LINK_TYPE_NULL },         /* LINKTYPE_NULL: address family in the byte order of the capturing host */
	{ 1, LINK_TYPE_ETHERNET },     /* LINKTYPE_ETHERNET */
	{ 9, LINK_TYPE_PPP },          /* LINKTYPE_PPP */
	{ 12, LINK_TYPE_RAW_IP },      /* DLT_RAW of Linux */
	{ 14, LINK_TYPE_RAW_IP },      /* DLT_RAW of OpenBSD */
	{ 50, LINK_TYPE_PPP },         /* LINKTYPE_PPP_HDLC: RFC 1662 with FF 03, or Cisco's HDLC */
	{ 51, LINK_TYPE_PPPOE },       /* LINKTYPE_PPP_ETHER: RFC 2516 from its header on */
	{ 101, LINK_TYPE_RAW_IP },     /* LINKTYPE_RAW */
	{ 104, LINK_TYPE_CISCO_HDLC }, /* LINKTYPE_C_HDLC */
	{ 108, LINK_TYPE_NULL },       /* LINKTYPE_LOOP: as NULL, in network byte order */
	{ 113, LINK_TYPE_LINUX_SLL },  /* LINKTYPE_LINUX_SLL */
	{ 139, LINK_TYPE_MTP2_PSEUDO }, { 140, LINK_TYPE_MTP2 },   { 141, LINK_TYPE_MTP3 },
	{ 142, LINK_TYPE_SCCP },        { 228, LINK_TYPE_RAW_IP }, /* LINKTYPE_IPV4 */
	{ 229, LINK_TYPE_RAW_IP },                                 /* LINKTYPE_IPV6 */
	{ 248, LINK_TYPE_SCTP },                                   /* LINKTYPE_SCTP: RFC 9260 3.1 from its common header on */
	{ 252, LINK_TYPE_EXPORTED },                               /* LINKTYPE_WIRESHARK_UPPER_PDU */
	{ 276, LINK_TYPE_LINUX_SLL2 },
};

uint8_t linktype_read(uint32_t number)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].number == number)
			return (uint8_t)rows[i].type;
	return LINK_TYPE_UNSUPPORTED;
}
