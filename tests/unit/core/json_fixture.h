/* Log lines as JSON loggers write them, changed at random, and what jansson says of them. */
#ifndef LSP_TESTS_JSON_FIXTURE_H
#define LSP_TESTS_JSON_FIXTURE_H

#include "context_fixture.h"

#include <jansson.h>
#include <string.h>

#define JSON_LINE_BYTES_MAX 512

static const char *const json_seeds[] = {
	"{}",
	"{\"msg\":\"charged\"}",
	" {\"level\":\"info\",\"ts\":1700000000.25,\"caller\":\"a/b.go:12\",\"msg\":\"x\"} ",
	"{\"a\":[],\"b\":{},\"c\":[{}],\"d\":[1,-2,3.5e-3,true,false,null],\"e\":{\"f\":{\"g\":[[0]"
	"]}}}",
	"{\"time\":\"2026-11-23T12:00:00Z\",\"msg\":\"quote \\\" back\\\\slash \\/ "
	"\\b\\f\\n\\r\\t\"}",
	"{\"u\":\"\\u00e4\\uD83D\\uDE00 gr\xc3\xbc\xc3\x9f"
	"e \xe2\x82\xac \xf0\x9f\x98\x80\"}",
	"{\"n\":[0,-0,10,1e5,1E+5,1e-5,-1.25,0.5,123456789]}",
	"{\"long\":\"0123456789012345678901234567890123456789\",\"next\":\"01234567890123456789\"}",
	"[{\"a\":1}]",
	"{\"a\":1}{\"b\":2}",
	"{\"a\":1},",
	"{\"a\" : 1 , \"b\" :\t[ 1 , 2 ] }\r",
};
#define JSON_SEEDS_N (sizeof(json_seeds) / sizeof(json_seeds[0]))

/* Line number `round`: a seed with none to three changes. Returns its bytes. */
static inline size_t json_mutant(uint64_t round, char out[JSON_LINE_BYTES_MAX])
{
	static const char signs[] = "{}[]\",:\\ 019-+.eEutfn\t\n\x01\x7f\x80\xc3\xed\xff";
	const char *seed = json_seeds[round % JSON_SEEDS_N];
	uint64_t state = round * 0x9E3779B97F4A7C15ull + 1;
	size_t n = strlen(seed);

	memcpy(out, seed, n);
	for (unsigned changes = test_random(&state) % 4; changes > 0 && n > 0; changes--) {
		size_t at = test_random(&state) % n, from = test_random(&state) % n;
		char sign = signs[test_random(&state) % (sizeof(signs) - 1)];

		switch (test_random(&state) % 5) {
		case 0:
			out[at] = sign;
			break;
		case 1: /* out */
			memmove(out + at, out + at + 1, n - at - 1);
			n--;
			break;
		case 2: /* in */
			memmove(out + at + 1, out + at, n - at);
			out[at] = sign;
			n++;
			break;
		case 3:
			out[at] = out[from];
			break;
		default: /* cut */
			n = at + 1;
		}
	}
	return n;
}

/* 1 when jansson takes the line as one object, 0 when not, -1 when it refuses what RFC 8259 leaves
 * to it: numbers too large for its types. *ret is the object. */
static inline int json_verdict(const char *line, size_t n, json_t **ret)
{
	json_error_t error;
	json_t *value = json_loadb(line, n, JSON_ALLOW_NUL, &error);

	*ret = NULL;
	if (!value)
		return json_error_code(&error) == json_error_numeric_overflow ? -1 : 0;
	if (json_is_object(value)) {
		*ret = value;
		return 1;
	}
	json_decref(value);
	return 0;
}

#endif
