/* Owns the kind of keys that was typed (identity.h). */
#include "identity.h"

const char *identity_kind(const cli_args *args, const char *otherwise) {
  const char *typed = cli_value(args, "kind", NULL);
  const char *name = NULL;
  if (typed == NULL) {
    return otherwise;
  }
  const char *found = qtls_key_kind_find(typed);
  if (found != NULL) {
    return found;
  }
  cli_suggestion s = cli_suggest_start(typed);
  for (size_t i = 0; (name = qtls_key_kind_name(i, NULL)) != NULL; i++) {
    cli_suggest_offer(&s, name);
  }
  const char *best = cli_suggest_best(&s);
  (void)cli_usage_error(args, "--kind \"%s\" is not known%s%s%s; see: qtls list kinds", typed,
                        best != NULL ? "; did you mean " : "", best != NULL ? best : "", best != NULL ? "?" : "");
  return NULL;
}
