/* SPDX-License-Identifier: BSD-3-Clause */
/* `sigcanary lab`: the simulated operator lives in lab/, which knows nothing of this program; its ticks are written by control's writer. */
#include "lab/lab.h"

#include <string.h>

#include "control/command/command.h"
#include "lab/ticks.h"

int command_lab(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--ticks-only") == 0)
			return lab_ticks_command(argc, argv);
	return lab_command(argc, argv);
}
