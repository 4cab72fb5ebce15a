/* SPDX-License-Identifier: GPL-3.0-or-later
 * The folder's plain texts. */
#include "announce/announce.h"

static const char before_address[] =
    "For whoever runs the website\n"
    "============================\n"
    "\n"
    "This folder tells people how to write to you in confidence. Put it on your website as it is: no scripts, nothing\n"
    "that is loaded from elsewhere. This file need not be there.\n"
    "\n";

static const char advice[] =
    "\n"
    "1. Where to put it\n"
    "\n"
    "Link it from your front page, and from the foot of every page, for everybody. Best, print the address itself, as\n"
    "text, where everybody reads it anyway: on the contact page, in the imprint, in each issue. Whoever must search "
    "for\n"
    "it, or opens a page that few people open, stands out in every record.\n"
    "Use the host name that everybody visits, like www.example.org/contact/, and none of its own, like "
    "tips.example.org:\n"
    "a reader's network sees the host's name, but with HTTPS not the rest.\n"
    "\n"
    "2. Records\n"
    "\n"
    "Your server may note who opened these pages and when; so may your provider and whatever stands before the server "
    "(a\n"
    "cache, a firewall). Switch it off for this folder, better for the whole site. What isn't there can't be demanded "
    "or\n"
    "stolen. In nginx:\n"
    "\n"
    "    location /contact/ { access_log off; log_not_found off; }\n"
    "\n"
    "In Apache:\n"
    "\n"
    "    SetEnvIf Request_URI \"^/contact/\" quiet\n"
    "    CustomLog /var/log/apache2/access.log combined env=!quiet\n"
    "\n"
    "No counting of visitors, no fonts or pictures from others, no search field. Ask your provider what he notes.\n"
    "\n"
    "3. HTTPS\n"
    "\n"
    "Serve it by HTTPS alone, with Strict-Transport-Security: without it anybody on the way can change the address.\n"
    "A company that ends HTTPS for you (a content delivery network) sees every reader, and could change the address.\n"
    "Let Tor's exits in, without captchas: these are the readers whom the page is for.\n"
    "\n"
    "4. Caching and headers\n"
    "\n"
    "The pages bring their own policy. Add, for this folder:\n"
    "\n"
    "    Cache-Control: no-store                                  the browser keeps no copy\n"
    "    Content-Security-Policy: frame-ancestors 'none'          nobody frames the page\n"
    "    Referrer-Policy: no-referrer\n"
    "    X-Content-Type-Options: nosniff\n"
    "\n"
    "no-store is also what makes a change of address arrive at once.\n"
    "\n"
    "5. Onion-Location\n"
    "\n"
    "This header makes Tor Browser offer the address of this folder's page, so that nobody has to type it:\n"
    "\n";

static const char advice_end[] =
    "\n"
    "Its price: some have set Tor Browser to follow it without being asked, and are at the door before they have read\n"
    "anything or chosen \"Safest\"; and whoever breaks into the website sends people where he likes, unseen. We would\n"
    "leave it out. If you set it, then for this folder only, never for the whole website: the box is not a copy of "
    "it.\n"
    "\n"
    "6. Look at it again and again\n"
    "\n"
    "Whoever breaks into the website will change the address, and nothing else. Once a week, from another network and "
    "in\n"
    "Tor Browser, compare the address, letter by letter, with what you have on paper.\n";

static const char signed_end[] =
    "The signature says more quickly whether it was changed, as long as the key is the one you noted elsewhere:\n"
    "\n"
    "    minisign -V -m address.txt -p minisign.pub\n";

static const char print_end[] =
    "\n"
    "7. On paper\n"
    "\n"
    "LANGUAGE-poster.html is made for A4: print it without the browser's headers and footers, hang it where many "
    "people\n"
    "pass, cut between the slips. address.svg and address.png are the address as a picture, for a printed page.\n"
    "What hangs on a wall can be pasted over: look at it, too.\n";

void announce_readme(struct buf *out, const struct announcement *a)
{
	buf_str(out, before_address);
	buf_str(out, "    of:       ");
	buf_put(out, a->name);
	buf_str(out, "\n    address:  http://");
	buf_put(out, a->address);
	buf_str(out, "/\n    made on:  ");
	buf_put(out, a->day);
	if (a->contact.n > 0) {
		buf_str(out, "\n    for:      ");
		buf_put(out, a->contact);
	}
	buf_byte(out, '\n');
	buf_str(out, advice);
	buf_str(out, "    Onion-Location: http://");
	buf_put(out, a->address);
	buf_str(out, "/\n");
	buf_str(out, advice_end);
	if (a->signing != NULL)
		buf_str(out, signed_end);
	buf_str(out, print_end);
}

void announce_statement(struct buf *out, const struct announcement *a)
{
	buf_str(out, "The address at which ");
	buf_put(out, a->name);
	buf_str(out, " takes messages in confidence, as of ");
	buf_put(out, a->day);
	buf_str(out, ":\n\nhttp://");
	buf_put(out, a->address);
	buf_str(out, "/\n\nOpen it in Tor Browser (https://www.torproject.org/download/), and in nothing else.\n");
	if (a->contact.n > 0) {
		buf_str(out, "How, step by step: ");
		buf_put(out, a->contact);
		buf_byte(out, '\n');
	}
}
