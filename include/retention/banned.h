/*
 * banned - libc calls that this project does without, as compile errors.
 * Included before everything by the Makefile.
 */
#ifndef RETENTION_BANNED_H
#define RETENTION_BANNED_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol gmtime
#pragma GCC poison localtime system popen mktemp tmpnam gets

#endif
