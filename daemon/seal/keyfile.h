/* keyfile - files of 32 secret bytes below state/keys, and such bytes in
 * memory that is locked and wiped. */
#ifndef SEAL_KEYFILE_H
#define SEAL_KEYFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "retention/err.h"

#define KEYFILE_BYTES 32

/* keys, or keys/<inner>, below the state folder, made when missing: fd, -1. */
int keyfile_folder(const char *state, const char *inner, struct err *e);

bool keyfile_there(int dirfd, const char *name);

/* Random bytes under that name, durable.  A key appears whole or not at all,
 * and never in place of another.  1: made, 0: there was one, -1. */
int keyfile_make(int dirfd, const char *name, struct err *e);

/* 0; 1 with *e set: missing or not whole; -1: another failure. */
int keyfile_read(int dirfd, const char *name, uint8_t ret[KEYFILE_BYTES],
    struct err *e);

/* Overwritten in place, synced, removed; the folder is not yet synced.
 * Missing is fine. */
int keyfile_destroy(int dirfd, const char *name, struct err *e);

int keyfile_random(uint8_t ret[KEYFILE_BYTES], struct err *e);

/* KEYFILE_BYTES of locked memory; wiped when it is given back, NULL is fine. */
uint8_t *keyfile_secret(struct err *e);
void keyfile_wipe(uint8_t *secret);

#endif
