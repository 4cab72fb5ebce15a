/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "site/operator.h"

#include "site/take.h"

bool operator_file_parse(struct bytes text, struct site *s, struct site_fault *fault)
{
	static const struct {
		const char *key;
		bool (*take)(struct bytes, struct site *, struct site_fault *);
	} keys[] = {
	    {"recipient", site_take_recipient}, {"client", site_take_client}, {"token-hash", site_take_token_hash}};
	struct bytes line, key, value;

	fault->line = 0;
	while (bytes_split(&text, '\n', &line)) {
		size_t k = 0;

		fault->line++;
		line = bytes_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (!site_split_line(line, &key, &value))
			return take_refused(fault, "A line is \"key = value\"; here the \"=\" is missing. Is this a "
						   "desk's for-the-operator.txt?");
		while (k < 3 && !bytes_eq_str(key, keys[k].key))
			k++;
		if (k == 3)
			return take_refused(fault, "This key does not belong into a desk's for-the-operator.txt.");
		if (!keys[k].take(value, s, fault))
			return false;
	}
	return site_desk_is_whole(s, fault);
}

void operator_file_write(struct buf *out, struct bytes recipient, const uint8_t client_public[static 32],
			 const uint8_t token_hash[static 32])
{
	buf_str(out, "# From a desk to the operator of its box. Nothing in here is secret.\n"
		     "#   courier site init --desk THIS-FILE ...\n"
		     "recipient = ");
	buf_put(out, recipient);
	buf_str(out, "\nclient = ");
	onion_client_line(out, client_public);
	buf_str(out, "\ntoken-hash = ");
	buf_hex(out, bytes_of(token_hash, 32));
	buf_byte(out, '\n');
}
