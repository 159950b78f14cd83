/* SPDX-License-Identifier: BSD-3-Clause */
/* In a program without ncurses: `top` is there and says what is missing. */
#include <stdio.h>

#include "control/command/command.h"

int command_top(int argc, char **argv)
{
	struct options options;
	int rest = 0;
	int code = options_read(argc, argv, TAKES_CONFIG | TAKES_PROBE, &options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	fprintf(stderr, "sigcanary top: this program was built without ncurses; build it with libncurses-dev, or see 'sigcanary status'\n");
	return EXIT_FAILED;
}
