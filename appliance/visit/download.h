/* SPDX-License-Identifier: GPL-3.0-or-later
 * The attachments of replies: what they are, and one of them on its way to its source. */
#ifndef VISIT_DOWNLOAD_H
#define VISIT_DOWNLOAD_H

#include "visit/attachment.h"
#include "visit/serve.h"

/* Opens the meta item of attachment `number`. ERR_NOT_FOUND, the keeper's errors, those of age_open_* and
 * attachment_parse(). */
enum err visit_open_meta(struct visit *v, uint16_t number, struct attachment *a) MUST_CHECK;
/* Answers with the file itself, opened as it is sent: no more than a chunk of it is ever here. The connection's last
 * answer. ERR_PEER: it broke off; its end is missing, so the browser says that the download failed. */
enum err visit_download(struct visit *v, uint16_t number, const struct attachment *a) MUST_CHECK;

#endif
