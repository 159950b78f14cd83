/* SPDX-License-Identifier: BSD-3-Clause */
/* The simulated operator as a source of the pipeline. */
#ifndef SIGCANARY_LAB_SOURCE_H
#define SIGCANARY_LAB_SOURCE_H

#include "dataplane/source/source.h"
#include "lab/lab.h"

/* NULL and a sentence when lab_open() says so. Close it with source_close(). */
struct source *lab_source_open(const struct lab_options *options, char error[LAB_ERROR_MAX]);

/* The lab behind it, for its truth. */
const struct lab *lab_source_lab(const struct source *s);

#endif
