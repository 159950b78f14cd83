/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections that listen to a feed: suspended while there is nothing for them, resumed when something is published. */
#ifndef SIGCANARY_API_READERS_H
#define SIGCANARY_API_READERS_H

#include <microhttpd.h>

#include "control/api/feed.h"

struct readers;

struct readers *readers_new(void);
void readers_free(struct readers *s);
/* Wakes its readers whenever the feed has something new. */
void readers_follow(struct readers *s, struct feed *feed);
/* No connection waits any longer; before the listeners are stopped. */
void readers_end(struct readers *s);

typedef enum MHD_Result (*readers_queue)(struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response);

/* Answers with a stream of the feed's events, from the one behind Last-Event-ID when the reader names it. */
enum MHD_Result readers_serve(struct readers *s, struct feed *feed, struct MHD_Connection *connection, readers_queue queue);

#endif
