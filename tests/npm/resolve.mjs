// SPDX-License-Identifier: GPL-3.0-or-later
// NODE_PATH for imports: Node itself heeds it only for require(). A name that is no path, and that is not found beside
// the script, is looked for as if the script lay in the packages' folder.
import {pathToFileURL} from "node:url";

const packages = pathToFileURL(process.env.NODE_PATH + "/script.mjs").href;

export async function resolve(name, context, next) {
	try {
		return await next(name, context);
	} catch (error) {
		if (error.code !== "ERR_MODULE_NOT_FOUND" || /^[./]|:/.test(name)) throw error;
		return next(name, {...context, parentURL: packages});
	}
}
