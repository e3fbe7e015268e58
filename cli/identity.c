/* Owns the making of a key and its certificate in memory (identity.h). */
#include "identity.h"

#include <string.h>
#include <time.h>

enum { CLOCK_SLACK = 300, DAY = 86400 };

void identity_free(identity *id) {
  qtls_key_free(id->key);
  qtls_pki_free(id->key_pem);
  qtls_pki_free(id->cert_pem);
  memset(id, 0, sizeof *id);
}

static int refuse(const cli_args *args, qtls_err err, const char *what) {
  return cli_failure(args, "%s: %s", what, qtls_err_text(err));
}

int identity_make(const cli_args *args, identity *out, const char *kind, const qtls_cert_request *request,
                  const identity *issuer) {
  memset(out, 0, sizeof *out);
  qtls_err err = qtls_key_generate(&out->key, kind);
  if (err == QTLS_OK) {
    err = qtls_key_write(out->key, &out->key_pem, &out->key_size);
  }
  if (err != QTLS_OK) {
    return refuse(args, err, "making a key");
  }
  err = qtls_cert_issue(&out->cert_pem, &out->cert_size, request, out->key, issuer != NULL ? issuer->cert_pem : NULL,
                        issuer != NULL ? issuer->cert_size : 0, issuer != NULL ? issuer->key : NULL);
  if (err == QTLS_ERR_ARGUMENT) {
    return cli_usage_error(args,
                           "\"%s\" or one of its names cannot stand in a certificate: a name has 1 to 64 characters, a "
                           "DNS name is made of letters, digits, dots and dashes",
                           request->common_name);
  }
  return err == QTLS_OK ? CLI_OK : refuse(args, err, "issuing the certificate");
}

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

bool identity_validity(const cli_args *args, long days, qtls_cert_request *out) {
  int64_t now = (int64_t)time(NULL);
  if (!cli_number(args, "days", 1, 36500, &days)) {
    return false;
  }
  out->not_before = now - CLOCK_SLACK;
  out->not_after = now + (int64_t)days * DAY;
  return true;
}
