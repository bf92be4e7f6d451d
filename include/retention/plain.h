/*
 * plain - text that cannot steer who looks at it.
 *
 * Names come from policies and databases, sentences from elsewhere: control
 * characters, broken UTF-8 and marks that turn the direction of writing become
 * '?', so no escape sequence reaches a terminal.
 */
#ifndef RETENTION_PLAIN_H
#define RETENTION_PLAIN_H

struct buf;

/* Append `text` made harmless; NULL appends nothing. */
void plain_add(struct buf *out, const char *text);
void plain_add_lines(struct buf *out, const char *text);	/* keeps LF */
/* The same for HTML, in text or in a quoted attribute. */
void plain_add_html(struct buf *out, const char *text);

#endif
