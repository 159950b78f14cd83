// SPDX-License-Identifier: BSD-3-Clause
// Pictures of all views, for looking at: node shots.mjs ADDRESS FOLDER [VIEW=PATH ...]. Needs playwright-core in NODE_MODULES or beside this file.
import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = process.env.NODE_MODULES ?? join(dirname(fileURLToPath(import.meta.url)), "node_modules");
const { chromium } = createRequire(join(modules, "x.js"))("playwright-core");
const [address, folder, ...wanted] = process.argv.slice(2);
const VIEWS = wanted.length > 0 ? Object.fromEntries(wanted.map((each) => each.split(/=(.*)/))) : { overview: "#/" };
const KINDS = { light: [1440, 900, "light"], dark: [1440, 900, "dark"], phone: [390, 844, "light"], "phone-dark": [390, 844, "dark"] };

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium-headless-shell", args: ["--no-sandbox"] });

for (const [kind, [width, height, colorScheme]] of Object.entries(KINDS)) {
	if (process.env.KINDS && !process.env.KINDS.split(",").includes(kind))
		continue;
	const page = await (await browser.newContext({ viewport: { width, height }, colorScheme })).newPage();

	page.on("console", (message) => ["error", "warning"].includes(message.type()) && console.error(kind, message.text()));
	page.on("pageerror", (error) => console.error(kind, error.stack));
	for (const [name, path] of Object.entries(VIEWS)) {
		await page.goto(address + path);
		// Not waitForFunction: it needs eval, which the page's policy forbids.
		await page.locator(`#main[data-shown="${path}"]`).waitFor();
		await page.locator(".link.live").waitFor();
		await page.waitForTimeout(1200);
		if (process.env.PAPER)
			await page.emulateMedia({ media: "print" });
		await page.screenshot({ path: join(folder, `${name}-${kind}.png`), fullPage: true });
	}
}
await browser.close();
