/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify/manifest.h"

#include "base/json.h"
#include "limits.h"

static bool take_hash(struct bytes object, const char *name, uint8_t hash[static 32])
{
	struct bytes value, text;
	size_t got;

	return json_member(object, name, &value) && json_string(value, &text) && text.n == 64 &&
	       hex_decode(text, hash, 32, &got) == ERR_OK && got == 32;
}

static bool take_number(struct bytes value, uint64_t *number)
{
	return bytes_decimal(value, MANIFEST_IMAGE_MAX, number) == ERR_OK;
}

static bool take_areas(struct bytes list, struct manifest *m)
{
	struct bytes pair, offset, len, more;
	uint64_t end = 0;

	for (size_t i = 0; i < MANIFEST_AREAS; i++) {
		if (!json_element(&list, &pair) || !json_element(&pair, &offset) || !json_element(&pair, &len) ||
		    json_element(&pair, &more) || !take_number(offset, &m->areas[i].offset) ||
		    !take_number(len, &m->areas[i].len) || m->areas[i].len != LIMIT_STICK_AREA ||
		    m->areas[i].offset < end || m->areas[i].offset + LIMIT_STICK_AREA > m->image_len)
			return false;
		end = m->areas[i].offset + LIMIT_STICK_AREA;
	}
	return !json_element(&list, &more);
}

enum err manifest_parse(struct bytes text, struct manifest *m)
{
	struct manifest read;
	struct bytes outputs, image, size, areas, pcr;

	if (text.n > MANIFEST_MAX || !json_is_sound(text) || !json_member(text, "outputs", &outputs) ||
	    !json_member(outputs, "courier.img", &image) || !take_hash(image, "sha256", read.image) ||
	    !json_member(image, "size", &size) || !take_number(size, &read.image_len) ||
	    !json_member(text, "site_areas", &areas) || !take_areas(areas, &read) || !json_member(text, "pcr", &pcr) ||
	    !take_hash(pcr, "4", read.registers.pcr4) ||
	    !take_hash(pcr, "4-secure-boot", read.registers.pcr4_secure_boot) ||
	    !take_hash(pcr, "11", read.registers.pcr11))
		return ERR_FORMAT;
	*m = read;
	return ERR_OK;
}
