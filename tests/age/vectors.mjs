// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the vectors of npm's cctv-age into a folder, a file each: vectors.mjs FOLDER
import {writeFileSync} from "node:fs";
import {join} from "node:path";
import * as vectors from "cctv-age";

for (const [name, bytes] of Object.entries(vectors))
    if (bytes instanceof Uint8Array) writeFileSync(join(process.argv[2], name), bytes);
