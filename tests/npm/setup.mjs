// SPDX-License-Identifier: GPL-3.0-or-later
// Loaded before a test's script: its imports are looked for where build.sh put the packages, and Node 18 gets the
// global that later ones have.
import {register} from "node:module";
import {webcrypto} from "node:crypto";

globalThis.crypto ??= webcrypto;
register("./resolve.mjs", import.meta.url);
