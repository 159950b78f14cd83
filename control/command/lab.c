/* SPDX-License-Identifier: BSD-3-Clause */
/* `sigcanary lab`: the simulated operator lives in lab/, which knows nothing of this program. */
#include "lab/lab.h"
#include "control/command/command.h"

int command_lab(int argc, char **argv)
{
	return lab_command(argc, argv);
}
