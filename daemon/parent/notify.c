#include "notify.h"

#include <stdint.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "retention/clock.h"

#include "parent.h"

static void
watchdog_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	(void)loop, (void)w, (void)revents;
	(void)sd_notify(0, "WATCHDOG=1");
}

void
notify_ready(struct parent *p)
{
	struct ev_timer *w = &p->watchdog;
	uint64_t usec = 0;

	(void)sd_notify(0, "READY=1");
	if (sd_watchdog_enabled(0, &usec) <= 0 || usec == 0 ||
	    ev_is_active(w))
		return;
	ev_init(w, watchdog_cb);
	w->repeat = (double)usec / 2e6;		/* half of it */
	ev_timer_again(p->loop, w);
}

void
notify_reloading(void)
{
	char text[80];

	(void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)(clock_mono().ns / 1000));
	(void)sd_notify(0, text);
}

void
notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

void
notify_status(const char *text)
{
	(void)sd_notifyf(0, "STATUS=%s", text);
}

void
notify_release(struct parent *p)
{
	struct ev_timer *w = &p->watchdog;

	ev_timer_stop(p->loop, w);
}
