// SPDX-License-Identifier: BSD-3-Clause
// What the checks of the page in Chromium share. A line per check goes to standard output: "ok NAME" or "not ok NAME: why". NODE_MODULES says where
// playwright-core and axe-core are, CHROMIUM which browser.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.env.NODE_MODULES, "x.js"));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE_MS = 60000;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
let failures = 0;

export function expect(is_right, words) {
	if (!is_right)
		throw new Error(words);
}

// A page whose complaints are kept; what a check does not expect fails it.
export async function open(address, { width = 1440, height = 900, colorScheme = "light", has_axe = false } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
	const page = await context.newPage();

	page.complaints = [];
	page.setDefaultTimeout(PATIENCE_MS);
	page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(message.text()));
	page.on("pageerror", (error) => page.complaints.push(error.message));
	page.on("request", (request) => request.url().startsWith(address) || page.complaints.push(`asks elsewhere: ${request.url()}`));
	if (has_axe)
		await page.addInitScript(AXE);
	page.address = address;
	return page;
}

// Shown when the view has filled itself; not by waitForFunction, which needs eval and is forbidden by the page's policy.
export async function go(page, path) {
	await page.goto(page.address + path);
	await page.locator(`#main[data-shown="${path}"]`).waitFor();
	await page.locator(".link.live").waitFor();
	await page.locator("#state:not(.unknown)").waitFor();
}

export async function check(name, options, work) {
	const page = await open(options.address, options);

	try {
		await work(page);
		expect(page.complaints.length === 0, `the console says: ${page.complaints.join(" | ").slice(0, 400)}`);
		console.log(`ok ${name}`);
	} catch (error) {
		failures++;
		console.log(`not ok ${name}: ${error.message.split("\n").slice(0, 4).join(" ")}`);
	}
	await page.context().close();
}

// The first answer that is true.
export async function until(question, words) {
	const end = Date.now() + PATIENCE_MS;
	let found;

	while (!(found = await question())) {
		expect(Date.now() < end, `${words} within ${PATIENCE_MS / 1000} s`);
		await new Promise((wake) => setTimeout(wake, 100));
	}
	return found;
}

export async function answer(address, path) {
	return (await fetch(`${address}api/v1/${path}`)).json();
}

export async function axe_words(page, rules) {
	const { violations } = await page.evaluate((only) => window.axe.run(document, only ? { runOnly: only } : {}), rules);

	return violations.map((each) => `${each.id} at ${each.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`).join("; ");
}

export async function end() {
	await browser.close();
	process.exit(failures > 0 ? 1 : 0);
}
