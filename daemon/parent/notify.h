/*
 * notify - what systemd is told, and its watchdog.  Without systemd: nothing.
 */
#ifndef PARENT_NOTIFY_H
#define PARENT_NOTIFY_H

struct parent;

void notify_ready(struct parent *p);	/* also starts the watchdog's timer */
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *text);
void notify_release(struct parent *p);

#endif
