// SPDX-License-Identifier: GPL-3.0-or-later
// What a page's text must fulfil: HTML and CSS by their specifications, accessibility by axe-core.
import {createRequire} from "node:module";
import * as css from "csstree-validator";
import {HtmlValidate} from "html-validate";
import {PATIENCE_MS} from "./browser.mjs";

const axe = createRequire(import.meta.url)("axe-core");
const validator = new HtmlValidate({extends: ["html-validate:standard", "html-validate:a11y"]});
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export async function html(text) {
	const report = await validator.validateString(text);
	return report.results.flatMap(result => result.messages)
		.map(found => `HTML ${found.line}:${found.column}: ${found.ruleId}: ${found.message}`);
}

// csstree's tables lack CSS Paged Media's margin of a page.
const KNOWN_BETTER = "Unknown at-rule descriptor `margin`";

export function styles(text) {
	return [...text.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].flatMap(match => css.validate(match[1]))
		.filter(found => found.message !== KNOWN_BETTER)
		.map(found => `CSS ${found.line}: ${found.message}`);
}

// A browser of its own, with scripts, which axe-core needs; the text comes from where they were off. So the page's
// policy stays as it is.
export class Accessibility {
	constructor(browser) {
		this.browser = browser;
	}

	async check(text, schemes) {
		if (!this.page) {
			this.page = await (await this.browser.newContext({viewport: {width: 320, height: 800}})).newPage();
			this.page.setDefaultTimeout(PATIENCE_MS);
		}
		const problems = [];
		for (const scheme of schemes) {
			await this.page.emulateMedia({colorScheme: scheme});
			await this.page.setContent(text);
			if (!await this.page.evaluate(() => "axe" in window)) await this.page.evaluate(axe.source + ";0");
			const found = await this.page.evaluate(
				tags => window.axe.run({runOnly: tags, resultTypes: ["violations"]}).then(result => result.violations), TAGS);
			problems.push(...found.map(v => `axe, ${scheme}: ${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 120)}`));
		}
		return problems;
	}
}
