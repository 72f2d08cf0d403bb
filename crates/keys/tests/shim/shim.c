/* A PKCS#11 module that is SoftHSM2, but for what the control file says.
 *
 *   cc -shared -fPIC -DREAL="..." -DCONTROL="..." -DLOGINS="..." shim.c -o shim.so -ldl
 *
 * The control file holds one word, read at each call:
 *   (empty)      nothing out of the ordinary
 *   locked       the token says that its PIN is locked            C_GetTokenInfo
 *   final-try    the token says that one more wrong PIN locks it  C_GetTokenInfo
 *   pin-locked   a login finds the token locked                   C_Login
 *   slow         a signature takes 700 ms                         C_Sign
 *   lost         the session that signs next is no good any more; others are
 *   removed      no token is there, and no session is good
 *   forge        one bit of each signature is another             C_Sign
 *   short        a signature has 63 bytes                         C_Sign
 *   point-raw, point-short, point-huge                            C_GetAttributeValue of CKA_EC_POINT
 *   extractable  the key says that it can be read out             C_GetAttributeValue
 * Each login is a byte in the file LOGINS.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong_t;
typedef ulong_t rv_t;
typedef struct { ulong_t type; void *value; ulong_t length; } attribute_t;
/* PKCS#11 2.40: the version, and 68 functions in the order of the standard. */
typedef struct { unsigned char major, minor; void *call[68]; } list_t;
enum { GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, LOGIN = 18, GET_ATTRIBUTE = 24, SIGN_INIT = 42, SIGN = 43 };

static list_t list;
static void *real[68];
static ulong_t lost_session;

static int says(const char *word) {
  char text[64] = {0};
  FILE *file = fopen(CONTROL, "r");
  if (!file) return 0;
  if (!fgets(text, sizeof text, file)) text[0] = 0;
  fclose(file);
  text[strcspn(text, "\n")] = 0;
  return strcmp(text, word) == 0;
}

static rv_t get_slot_list(unsigned char present, ulong_t *slots, ulong_t *count) {
  if (says("removed")) { *count = 0; return 0; }
  return ((rv_t(*)(unsigned char, ulong_t *, ulong_t *))real[GET_SLOT_LIST])(present, slots, count);
}

static rv_t get_token_info(ulong_t slot, unsigned char *info) {
  rv_t rv = ((rv_t(*)(ulong_t, unsigned char *))real[GET_TOKEN_INFO])(slot, info);
  /* label 32, manufacturer 32, model 16, serial 16, flags */
  ulong_t *flags = (ulong_t *)(info + 96);
  if (rv == 0 && says("locked")) *flags |= 0x40000;
  if (rv == 0 && says("final-try")) *flags |= 0x20000;
  return rv;
}

static rv_t login(ulong_t session, ulong_t user, unsigned char *pin, ulong_t length) {
  FILE *file = fopen(LOGINS, "a");
  if (file) { fputc('l', file); fclose(file); }
  if (says("pin-locked")) return 0xA4;
  return ((rv_t(*)(ulong_t, ulong_t, unsigned char *, ulong_t))real[LOGIN])(session, user, pin, length);
}

static rv_t get_attribute(ulong_t session, ulong_t object, attribute_t *all, ulong_t count) {
  rv_t rv = ((rv_t(*)(ulong_t, ulong_t, attribute_t *, ulong_t))real[GET_ATTRIBUTE])(session, object, all, count);
  for (ulong_t i = 0; i < count; i++) {
    attribute_t *it = &all[i];
    if (it->type == 0x162 && it->value && says("extractable")) *(unsigned char *)it->value = 1;
    if (it->type != 0x181) continue;
    if (says("point-raw") && it->length == 34) {
      if (it->value) memmove(it->value, (char *)it->value + 2, 32);
      else continue;
      it->length = 32;
    }
    if (says("point-short")) { it->length = 5; rv = 0; }
    if (says("point-huge")) it->length = 1UL << 40;
  }
  return rv;
}

static rv_t sign_init(ulong_t session, void *mechanism, ulong_t key) {
  if (says("removed")) return 0xB3;
  if (says("lost")) {
    if (!lost_session) lost_session = session;
    if (lost_session == session) return 0xB3;
  }
  return ((rv_t(*)(ulong_t, void *, ulong_t))real[SIGN_INIT])(session, mechanism, key);
}

static rv_t sign(ulong_t session, unsigned char *data, ulong_t length, unsigned char *out, ulong_t *out_length) {
  if (out && says("slow")) usleep(700000);
  rv_t rv = ((rv_t(*)(ulong_t, unsigned char *, ulong_t, unsigned char *, ulong_t *))real[SIGN])(
      session, data, length, out, out_length);
  if (rv == 0 && out && says("forge")) out[3] ^= 4;
  if (rv == 0 && out && says("short")) *out_length = 63;
  return rv;
}

static rv_t get_function_list(list_t **out) { *out = &list; return 0; }

__attribute__((visibility("default"))) rv_t C_GetFunctionList(list_t **out) {
  if (!list.call[0]) {
    void *library = dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
    if (!library) { fprintf(stderr, "%s\n", dlerror()); return 5; }
    rv_t (*get)(list_t **) = (rv_t(*)(list_t **))dlsym(library, "C_GetFunctionList");
    list_t *theirs;
    if (!get || get(&theirs)) return 5;
    list = *theirs;
    memcpy(real, theirs->call, sizeof real);
    list.call[GET_FUNCTION_LIST] = get_function_list;
    list.call[GET_SLOT_LIST] = get_slot_list;
    list.call[GET_TOKEN_INFO] = get_token_info;
    list.call[LOGIN] = login;
    list.call[GET_ATTRIBUTE] = get_attribute;
    list.call[SIGN_INIT] = sign_init;
    list.call[SIGN] = sign;
  }
  *out = &list;
  return 0;
}
