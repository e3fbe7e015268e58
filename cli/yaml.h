/*
 * Owns the reading of a configuration file in YAML: its keys become options of the
 * command line, each with its file and line, and all that the file has wrong is told
 * by them. What the values mean is judged where options are.
 */
#ifndef QTLS_CLI_YAML_H
#define QTLS_CLI_YAML_H

#include "cli.h"

typedef enum yaml_kind {
  YAML_WORD,     /* one value */
  YAML_NUMBER,   /* a whole number */
  YAML_DURATION, /* "10s", "5m", "2h" */
  YAML_SWITCH,   /* true: the option is given; false: it is not */
  YAML_UNLESS,   /* the other way round */
  YAML_LIST,     /* a list, or one value; joined by `joint` */
  YAML_MANY,     /* a list, or one value; the option is given for each */
  YAML_PATH,     /* a file or folder, from the folder of this file on */
  YAML_PATHS     /* a list of such, or one; "system" and "none" are left as they are */
} yaml_kind;

typedef struct yaml_key {
  const char *path; /* "cache.backend"; below a list of objects, "identities.cert" */
  const char *option;
  yaml_kind kind;
  char joint;
  const char *unless; /* typed options of which any makes this key count for nothing: "cert key"; NULL: `option` */
} yaml_key;

typedef struct yaml_memory yaml_memory; /* the strings of a file's options */
void yaml_forget(yaml_memory *memory);  /* NULL is fine */

/*
 * Add what `file` says to `args`, but for what was typed there. The rows of `keys` are
 * grouped: those below one object stand together; `lists` names the objects of which
 * there is a list (NULL at the end). CLI_OK, or the exit code after having told
 * each mistake (ten at most).
 */
int yaml_read(cli_args *args, yaml_memory **memory, const char *file, const yaml_key *keys, const char *const *lists);

#endif
