/* SPDX-License-Identifier: GPL-3.0-or-later
 * Field elements modulo p = 2^255 - 19 are five limbs of 51 bits, kept below 2^52 between operations. Points are in
 * extended coordinates (X : Y : Z : T), and one addition formula, complete on this curve, serves for doubling too:
 * slow (a fifth of a millisecond is not), but without a branch or a table index that depends on the secret. */
#include "onion/curve.h"

#include <string.h>

#include "base/secret.h"

__extension__ typedef unsigned __int128 u128;

#define LIMB_MASK ((1ull << 51) - 1)

struct element {
	uint64_t limb[5];
};

struct point {
	struct element x, y, z, t;
};

static const struct element one = {{1, 0, 0, 0, 0}};
/* 2d, where d = -121665/121666 */
static const struct element two_d = {
    {0x69b9426b2f159u, 0x35050762add7au, 0x3cf44c0038052u, 0x6738cc7407977u, 0x2406d9dc56dffu}};
static const struct element base_x = {
    {0x62d608f25d51au, 0x412a4b4f6592au, 0x75b7171a4b31du, 0x1ff60527118feu, 0x216936d3cd6e5u}};
static const struct element base_y = {
    {0x6666666666658u, 0x4ccccccccccccu, 0x1999999999999u, 0x3333333333333u, 0x6666666666666u}};

static void carry(struct element *r)
{
	uint64_t c = 0;

	for (int i = 0; i < 5; i++) {
		r->limb[i] += c;
		c = r->limb[i] >> 51;
		r->limb[i] &= LIMB_MASK;
	}
	r->limb[0] += 19 * c;
}

static void add(struct element *r, const struct element *a, const struct element *b)
{
	for (int i = 0; i < 5; i++)
		r->limb[i] = a->limb[i] + b->limb[i];
	carry(r);
}

static void subtract(struct element *r, const struct element *a, const struct element *b)
{
	/* 4p in limbs keeps every difference positive. */
	static const struct element four_p = {
	    {0x1fffffffffffb4u, 0x1ffffffffffffcu, 0x1ffffffffffffcu, 0x1ffffffffffffcu, 0x1ffffffffffffcu}};

	for (int i = 0; i < 5; i++)
		r->limb[i] = a->limb[i] + four_p.limb[i] - b->limb[i];
	carry(r);
}

static void multiply(struct element *r, const struct element *a, const struct element *b)
{
	u128 sum[5];
	u128 c = 0;

	for (int i = 0; i < 5; i++) {
		sum[i] = 0;
		for (int j = 0; j < 5; j++) {
			/* The limbs past 2^255 come back in at the bottom, 19 times. */
			uint64_t other = b->limb[(i - j + 5) % 5] * (j > i ? 19u : 1u);
			sum[i] += (u128)a->limb[j] * other;
		}
	}
	for (int i = 0; i < 5; i++) {
		sum[i] += c;
		c = sum[i] >> 51;
		r->limb[i] = (uint64_t)sum[i] & LIMB_MASK;
	}
	r->limb[0] += 19 * (uint64_t)c;
	carry(r);
}

/* a^(p-2). The exponent is public: all ones but for bits 2 and 4. */
static void invert(struct element *r, const struct element *a)
{
	struct element x = *a;

	for (int bit = 253; bit >= 0; bit--) {
		multiply(&x, &x, &x);
		if (bit != 2 && bit != 4)
			multiply(&x, &x, a);
	}
	*r = x;
}

/* The one representative below p. */
static void pack(const struct element *a, uint8_t out[static 32])
{
	struct element r = *a;
	uint64_t q = 19;

	carry(&r);
	carry(&r);
	/* q becomes 1 exactly if r >= p: the carry out of r + 19. */
	for (int i = 0; i < 5; i++)
		q = (r.limb[i] + q) >> 51;
	r.limb[0] += 19 * q;
	for (int i = 0; i < 4; i++) {
		r.limb[i + 1] += r.limb[i] >> 51;
		r.limb[i] &= LIMB_MASK;
	}
	r.limb[4] &= LIMB_MASK;
	memset(out, 0, 32);
	for (unsigned bit = 0; bit < 255; bit++)
		out[bit / 8] = (uint8_t)(out[bit / 8] | (r.limb[bit / 51] >> (bit % 51) & 1u) << (bit % 8));
}

/* p += q. RFC 8032, clause 5.1.4. */
static void point_add(struct point *p, const struct point *q)
{
	struct element a, b, c, d, t;

	subtract(&a, &p->y, &p->x);
	subtract(&t, &q->y, &q->x);
	multiply(&a, &a, &t);
	add(&b, &p->y, &p->x);
	add(&t, &q->y, &q->x);
	multiply(&b, &b, &t);
	multiply(&c, &p->t, &q->t);
	multiply(&c, &c, &two_d);
	multiply(&d, &p->z, &q->z);
	add(&d, &d, &d);
	subtract(&t, &b, &a); /* E */
	add(&b, &b, &a);      /* H */
	subtract(&a, &d, &c); /* F */
	add(&d, &d, &c);      /* G */
	multiply(&p->x, &t, &a);
	multiply(&p->y, &d, &b);
	multiply(&p->z, &a, &d);
	multiply(&p->t, &t, &b);
}

static void swap_if(struct point *p, struct point *q, uint64_t bit)
{
	struct element *const left[4] = {&p->x, &p->y, &p->z, &p->t};
	struct element *const right[4] = {&q->x, &q->y, &q->z, &q->t};
	uint64_t mask = ~bit + 1;

	for (int k = 0; k < 4; k++)
		for (int i = 0; i < 5; i++) {
			uint64_t differ = (left[k]->limb[i] ^ right[k]->limb[i]) & mask;
			left[k]->limb[i] ^= differ;
			right[k]->limb[i] ^= differ;
		}
}

void curve_public(const uint8_t scalar[static 32], uint8_t out[static 32])
{
	struct point p = {.y = one, .z = one};
	struct point q = {.x = base_x, .y = base_y, .z = one};
	struct element x, y;
	uint8_t x_bytes[32];

	multiply(&q.t, &base_x, &base_y);
	for (int i = 255; i >= 0; i--) {
		uint64_t bit = (uint64_t)scalar[i / 8] >> (i % 8) & 1u;
		swap_if(&p, &q, bit);
		point_add(&q, &p);
		point_add(&p, &p);
		swap_if(&p, &q, bit);
	}
	invert(&x, &p.z);
	multiply(&y, &p.y, &x);
	multiply(&x, &p.x, &x);
	pack(&x, x_bytes);
	pack(&y, out);
	out[31] = (uint8_t)(out[31] | (x_bytes[0] & 1u) << 7);
	SECRET_WIPE(p);
	SECRET_WIPE(q);
}
