/* Owns what is said when a name, a URL or a constraint cannot stand in a
 * certificate (ca_common.h): which one it is, and how it would be right. Each is
 * tried by itself in a certificate that nobody sees, so the rules stand in one
 * place only, the library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca_common.h"

static const char mark[] = "{issuer}";

static bool stands(const qtls_key *key, const qtls_cert_request *r) {
  char *pem = NULL;
  size_t size = 0;
  qtls_err err = qtls_cert_issue(&pem, &size, r, key, NULL, 0, NULL);
  qtls_pki_free(pem);
  return err != QTLS_ERR_ARGUMENT;
}

static const char *form_of(const char *name) {
  if (strncmp(name, "IP:", 3) == 0) {
    return "an address is written 192.0.2.1 or 2001:db8::1";
  }
  if (strncmp(name, "URI:", 4) == 0) {
    return "a URI has a scheme and a host, as spiffe://example.org/web";
  }
  if (strncmp(name, "email:", 6) == 0) {
    return "an e-mail address is written alice@example.com";
  }
  return "a DNS name is made of labels of up to 63 letters, digits and dashes (others as xn--...), with dots between "
         "them and none at the end; \"*.\" stands in front of two labels or more";
}

/* A request like `from` with nothing in it that could be wrong. */
static qtls_cert_request blank(const qtls_cert_request *from) {
  return (qtls_cert_request){
      .role = QTLS_CERT_authority, .common_name = "a", .not_before = from->not_before, .not_after = from->not_after};
}

static int bad_subject(const cli_args *args, const char *option, const char *value) {
  size_t n = strlen(value);
  return cli_usage_error(
      args, "--%s \"%s\" cannot stand in a certificate: it has %zu bytes, and 1 to 64 characters are wanted", option,
      value, n);
}

static int blame_names(const cli_args *args, const qtls_key *key, const qtls_cert_request *r) {
  qtls_cert_request one = blank(r);
  for (size_t i = 0; i < r->name_count; i++) {
    one.names = r->names + i;
    one.name_count = 1;
    if (!stands(key, &one)) {
      return cli_usage_error(args, "\"%s\" cannot stand in a certificate: %s", r->names[i], form_of(r->names[i]));
    }
  }
  return CLI_OK;
}

static int blame_ranges(const cli_args *args, const qtls_key *key, const qtls_cert_request *r) {
  qtls_cert_request one = blank(r);
  for (size_t i = 0; i < r->permitted_count + r->excluded_count; i++) {
    one.permitted = i < r->permitted_count ? r->permitted + i : r->excluded + (i - r->permitted_count);
    one.permitted_count = 1;
    if (!stands(key, &one)) {
      return cli_usage_error(args,
                             "--%s \"%s\" cannot stand in a certificate: write DNS:example.com, IP:192.0.2.0/24 (no "
                             "bit set behind the first 24), email:example.com or URI:.example.com",
                             i < r->permitted_count ? "permit" : "exclude", one.permitted[0]);
    }
  }
  return CLI_OK;
}

/* The URL with {issuer} as it would be spelled out. */
static char *spelled(const char *url) {
  char *out = strdup(url);
  for (char *at = out; at != NULL && (at = strstr(at, mark)) != NULL;) {
    memmove(at, at + sizeof mark - 2, strlen(at + sizeof mark - 2) + 1);
    *at++ = 'x';
  }
  return out;
}

int ca_bad_url(const cli_args *args, const char *option, const char *url) {
  qtls_key *key = NULL;
  char *plain = spelled(url);
  const char *const list[] = {plain};
  const qtls_cert_request from = {.not_before = 0, .not_after = 1};
  qtls_cert_request one = blank(&from);
  one.ocsp_urls = list;
  one.ocsp_url_count = 1;
  bool fine = plain == NULL || qtls_key_generate(&key, "p256") != QTLS_OK || stands(key, &one);
  qtls_key_free(key);
  free(plain);
  return fine ? CLI_OK
              : cli_usage_error(args,
                                "--%s \"%s\" cannot stand in a certificate: it begins with http:// and a host, has no "
                                "blanks, and nothing but {issuer} in braces",
                                option, url);
}

static int blame_urls(const cli_args *args, const qtls_cert_request *r) {
  const struct {
    const char *option;
    const char *const *list;
    size_t n;
  } kinds[] = {{"ocsp-url", r->ocsp_urls, r->ocsp_url_count},
               {"crl-url", r->crl_urls, r->crl_url_count},
               {"issuer-url", r->issuer_urls, r->issuer_url_count}};
  int code = CLI_OK;
  for (size_t k = 0; k < CLI_COUNT(kinds); k++) {
    for (size_t i = 0; code == CLI_OK && i < kinds[k].n; i++) {
      code = ca_bad_url(args, kinds[k].option, kinds[k].list[i]);
    }
  }
  return code;
}

int ca_refused(const cli_args *args, const qtls_cert_request *r) {
  qtls_key *key = NULL;
  qtls_cert_request one = blank(r);
  if (qtls_key_generate(&key, "p256") != QTLS_OK) {
    return cli_failure(args, "out of memory");
  }
  int code = blame_names(args, key, r);
  one.common_name = r->common_name;
  if (code == CLI_OK && r->common_name != NULL && !stands(key, &one)) {
    code = bad_subject(args, "name", r->common_name);
  }
  one.common_name = "a";
  one.organization = r->organization;
  if (code == CLI_OK && r->organization != NULL && !stands(key, &one)) {
    code = bad_subject(args, "organization", r->organization);
  }
  code = code == CLI_OK ? blame_ranges(args, key, r) : code;
  code = code == CLI_OK ? blame_urls(args, r) : code;
  qtls_key_free(key);
  return code != CLI_OK ? code : cli_usage_error(args, "what was asked for cannot stand in a certificate");
}

void ca_default_name(qtls_cert_request *r) {
  for (size_t i = 0; r->common_name == NULL && i < r->name_count; i++) {
    const char *name = strchr(r->names[i], ':') + 1;
    if (strlen(name) <= 64) {
      r->common_name = name;
    }
  }
}
