// SPDX-License-Identifier: BSD-3-Clause
// The page in a real browser against mock.py: node page.mjs BRAND ORANGE PLAIN, three addresses: the story of a brand; the story of a whole network, in
// the midst of it; the same for a page without the library for charts.
// Ends with 1 when a check fails; browser.mjs says what is printed.
import { answer, axe_words, check as check_at, end, expect, go, until } from "./browser.mjs";

const [brand, orange, plain] = process.argv.slice(2);
const ID = "2012-0711-0001";

const check = (name, options, work) => check_at(name, { address: orange, ...options }, work);

// To another moment of a story.
async function jump(address, seconds) {
	await fetch(`${address}mock/jump/${seconds}`, { method: "POST" });
}

const failed = (await answer(orange, "transactions?outcome=network")).transactions[0];
const VIEWS = ["#/", "#/incidents", `#/incidents/${ID}`, "#/segments", "#/segments/o2", "#/nodes", "#/nodes/447802000001", "#/procedures", "#/procedures/s6a.air", "#/transactions",
	       `#/transactions/${failed.key}`, "#/probe"];

await check("every view is shown, with words beside each sign, and axe finds nothing", { has_axe: true }, async (page) => {
	for (const path of VIEWS) {
		await go(page, path);
		const found = await axe_words(page);

		expect(found === "", `${path}: ${found}`);
		expect(await page.locator(".notice", { hasText: "cannot be shown" }).count() === 0, `${path} cannot be shown`);
		expect(await page.locator("h1").count() === 1, `${path}: one h1`);
		for (const badge of await page.locator(".badge").all())
			expect((await badge.textContent()).trim() !== "" && await badge.locator("svg").count() === 1, `${path}: a badge without word or shape`);
	}
});

await check("colours have contrast in the dark", { has_axe: true, colorScheme: "dark" }, async (page) => {
	for (const path of ["#/", `#/incidents/${ID}`, "#/segments/o2", "#/transactions", "#/probe"]) {
		await go(page, path);
		const found = await axe_words(page, ["color-contrast"]);

		expect(found === "", `${path}: ${found}`);
	}
});

await check("nothing is wider than a phone", { width: 390, height: 844, has_axe: true }, async (page) => {
	for (const path of VIEWS) {
		await go(page, path);
		const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

		expect(wide <= 0, `${path}: ${wide} pixels too wide`);
	}
	expect(await axe_words(page, ["color-contrast", "target-size"]) === "", "contrast and size of targets on a phone");
});

await check("the state is one sentence, and a change of it is read out", { address: brand }, async (page) => {
	await jump(brand, 100);
	await go(page, "#/");
	expect(/^○ OK/.test(await page.title()) && await page.textContent("#state-sentence") === "Nothing is wrong. ", `before the onset: ${await page.title()}`);
	await jump(brand, 124);
	await page.locator("#state.major").waitFor();
	const alarms = await answer(brand, "incidents");
	const spoken = await page.textContent("#said");

	expect(/^Major\. giffgaff|^Major\. IMSI range/.test(spoken), `read out: ${spoken}`);
	expect(/^▲ Major/.test(await page.title()), `title ${await page.title()}`);
	await page.locator(".card", { hasText: alarms[0].id }).waitFor();
	await page.locator(".multiple.major", { hasText: "giffgaff" }).waitFor();
	expect(await page.locator(".multiple.ok", { hasText: "Tesco Mobile" }).count() === 1, "other brands are as usual");
});

await check("an incident that is over says so, with its course", { address: brand }, async (page) => {
	await jump(brand, 690);
	await go(page, `#/incidents/${ID}`);
	await page.locator(".timeline li.cleared").waitFor();
	const course = await page.locator(".timeline li b").allTextContents();

	expect(course[0] === "Onset" && course[1] === "Detected" && /^Announced: major/.test(course[2]) && course.some((words) => /^Coming back/.test(words)) && /^Over after/.test(course.at(-1)),
	       `course: ${course.join(", ")}`);
	await page.locator("#state.ok").waitFor();
});

await check("what came back is told by radio access and by brand", {}, async (page) => {
	await go(page, `#/incidents/${ID}`);
	const rows = await page.locator(".return tbody th").allTextContents();

	expect(["2G/3G calls and texts", "2G/3G data", "4G", "O2", "Tesco Mobile"].every((name) => rows.includes(name)), `rows: ${rows.join(", ")}`);
	// The story goes on meanwhile: the page is held against what is said now.
	await until(async () => {
		const line = (await answer(orange, `incidents/${ID}`)).announcements.filter((each) => each.state === "restoring").at(-1);
		const cell = await page.locator(".return tbody tr", { hasText: "2G/3G data" }).locator("td").last().textContent();
		const text = await page.inputValue("#handover");

		return cell === `${Math.round(line.recovery.per_rat["2g3g-ps"])} %` && text.includes(line.summary) && text.includes("Coming back") && /Onset .* UTC/.test(text);
	}, "the share of 2G/3G data, and the text for the next shift, are not those of the newest announcement");
});

await check("packets are fetched, and a report that is not there is no dead end", {}, async (page) => {
	await go(page, `#/incidents/${ID}`);
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Packets (pcapng)" }).click()]);

	expect(download.suggestedFilename() === `${ID}.pcapng`, `saved as ${download.suggestedFilename()}`);
	await page.getByRole("link", { name: "Report" }).click();
	await page.locator(".files", { hasText: "Reports of this incident are not kept." }).waitFor();
	page.complaints = page.complaints.filter((words) => !/404/.test(words));
});

await check("acknowledging and commenting stand in the course", {}, async (page) => {
	await go(page, `#/incidents/${ID}`);
	await page.getByRole("button", { name: "Acknowledge" }).click();
	await page.locator(".timeline", { hasText: "Acknowledged by noc" }).waitFor();
	await page.getByLabel("Comment for those who read this later").fill("HLR vendor called");
	await page.getByRole("button", { name: "Write down" }).click();
	await page.locator(".timeline", { hasText: "noc: “HLR vendor called”" }).waitFor();
});

await check("what somebody writes stays when there is news, and what another wrote is shown", {}, async (page) => {
	await jump(orange, 800);
	await go(page, `#/incidents/${ID}`);
	await page.getByRole("button", { name: "Take it back" }).waitFor();
	const comment = page.getByLabel("Comment for those who read this later");
	const steps = await page.locator(".timeline li").count();

	await comment.pressSequentially("half a sent");
	const [line] = (await answer(orange, `incidents/${ID}`)).announcements;

	await fetch(`${orange}api/v1/alarms/${line.alarm.alarmId}`, { method: "PATCH", body: JSON.stringify({ ackState: "UNACKNOWLEDGED" }) });
	await jump(orange, 870);
	await until(async () => await page.locator(".timeline li").count() > steps, "the newest announcement");
	await page.getByRole("button", { name: "Acknowledge" }).waitFor();
	await page.keyboard.type("ence");
	expect(await comment.inputValue() === "half a sentence", `what was written: ${await comment.inputValue()}`);
});

await check("an announcement that comes while a view is asking is shown", { address: brand }, async (page) => {
	await jump(brand, 100);
	await go(page, "#/");
	let answered, wait = new Promise((done) => { answered = done; });

	// The answer is of before the announcement, and comes after it.
	await page.route("**/api/v1/incidents/*", async (route) => {
		const response = await route.fetch();

		await wait;
		await route.fulfill({ response });
	});
	await jump(brand, 124);
	await page.locator("#state.major").waitFor();
	await page.goto(`${brand}#/incidents/${ID}`);
	await jump(brand, 500);
	await until(async () => (await answer(brand, `incidents/${ID}`)).announcements.length > 1, "more than one announcement");
	await page.waitForTimeout(1500);
	answered();
	const wanted = (await answer(brand, `incidents/${ID}`)).announcements.at(-1).summary;

	await page.locator(".verdict", { hasText: wanted }).waitFor({ timeout: 5000 });
});

await check("transactions are found by the keyboard, and one is a ladder", {}, async (page) => {
	await go(page, "#/transactions");
	await page.focus("#find-outcome");
	await page.keyboard.type("refused, too");
	await page.keyboard.press("Enter");
	await page.focus("#find-procedure");
	await page.keyboard.press("Enter");
	await until(async () => /outcome=congestion/.test(page.url()), "the search stands in the address");
	await until(async () => (await page.locator("tbody .outcome").allTextContents()).every((words) => words === "refused, too busy"), "only what was looked for is shown");
	const wanted = (await answer(orange, "transactions?outcome=congestion&limit=100")).transactions;

	expect(await page.locator("tbody tr").count() === wanted.length && wanted.length > 0, `${wanted.length} rows`);
	await page.locator("tbody tr td a").first().focus();
	await page.keyboard.press("Enter");
	await page.locator(".ladder").waitFor();
	const steps = (await answer(orange, `transactions/${wanted[0].key}`)).ladder;

	expect(await page.locator(".ladder .arrow").count() === steps.length && await page.locator("main table").last().locator("tbody tr").count() === steps.length, `${steps.length} messages`);
});

await check("the keyboard gets everywhere", {}, async (page) => {
	await go(page, "#/");
	await page.keyboard.press("Tab");
	expect(await page.evaluate(() => document.activeElement.className) === "skip", "the way to the content comes first");
	await page.keyboard.press("Enter");
	expect(await page.evaluate(() => document.activeElement.id) === "main" && /#\/$/.test(page.url()), "it leads to the content, and shows the same view");
	await page.keyboard.press("Tab");
	expect(await page.evaluate(() => document.activeElement.textContent) === ID, "the first incident is next");
	await page.keyboard.press("Enter");
	await page.locator(`#main[data-shown="#/incidents/${ID}"]`).waitFor();
	expect(await page.evaluate(() => document.activeElement.id) === "main", "a new view has the focus");
});

await check("what comes from the network is text", {}, async (page) => {
	const hostile = "<img src=x onerror=document.title='broken'>\"'&";
	const rows = (await answer(orange, "segments")).map((row) => ({ ...row, label: hostile }));

	await page.route("**/api/v1/segments", (route) => route.fulfill({ json: rows }));
	for (const path of ["#/", "#/segments"]) {
		await go(page, path);
		expect((await page.locator("main").textContent()).includes(hostile) && await page.locator("main img").count() === 0, `${path}: the label is shown as it is`);
	}
});

await check("a view whose question fails says so, and can be tried again", {}, async (page) => {
	let is_well = false;

	await page.route("**/api/v1/health", (route) => (is_well ? route.continue() : route.fulfill({ status: 503, json: { error: "the board is not there yet" } })));
	await go(page, "#/probe");
	await page.locator(".notice", { hasText: "the board is not there yet" }).waitFor();
	is_well = true;
	page.complaints = []; // the browser tells of each answer of 503
	await page.getByRole("button", { name: "Try again" }).click();
	await page.locator("h2", { hasText: "Packets" }).waitFor();
});

await check("what is wrong with the probe now needs somebody, what was does not", {}, async (page) => {
	await go(page, "#/probe");
	const words = await page.locator(".notice").textContent();

	expect(/snmp cannot deliver/.test(words) && /1 announcements were refused.*webhook: HTTP 413/.test(words) && !/alertmanager/.test(words), `what needs somebody: ${words}`);
});

await check("paper has no buttons, and all of the course", {}, async (page) => {
	await go(page, `#/incidents/${ID}`);
	await page.emulateMedia({ media: "print" });
	expect(!await page.locator("nav").isVisible() && !await page.locator(".tools").first().isVisible() && await page.locator(".timeline").isVisible(), "what stands on paper");
});

await check("without the library pictures are drawn all the same", { address: plain }, async (page) => {
	await go(page, "#/segments/o2");
	expect(await page.locator(".plot canvas").count() === 0 && await page.locator(".plot svg .line").count() === 3, "three lines of SVG");
	const drawn = await page.locator(".plot .line.missing").getAttribute("d");

	expect(drawn.length > 1000 && !/NaN/.test(drawn), `a path of ${drawn.length} letters`);
});

await check("with the library pictures are canvases that read out what is under the pointer", {}, async (page) => {
	await go(page, "#/segments/o2");
	expect(process.env.HAS_LIBRARY !== "1" || await page.locator(".plot canvas").count() === 3, "three canvases");
	await page.locator(".plot").first().hover();
	await until(async () => /▸ \d\d:\d\d:\d\d: /.test(await page.locator(".readout").first().textContent()), "a time and a value");
});

// Last, since it makes all pages of this address old for a while.
await check("no news is said to be no news, and the page comes back by itself", {}, async (page) => {
	await go(page, "#/");
	await page.route("**/api/v1/status", (route) => route.abort());
	await fetch(`${orange}mock/hush`, { method: "POST" });
	await page.locator("#state.unknown").waitFor();
	expect(/old/.test(await page.textContent("#state-sentence")) && await page.textContent("#said") === "No news from the probe.", "the sentence says that all is old");
	await page.unroute("**/api/v1/status");
	await page.locator(".link.asking").waitFor();
	await fetch(`${orange}mock/speak`, { method: "POST" });
	await page.locator(".link.live").waitFor();
	await fetch(`${orange}mock/part`, { method: "POST" });
	await page.locator(".link.live").waitFor();
	await page.locator("#state.critical").waitFor();
	page.complaints = page.complaints.filter((words) => !/ERR_FAILED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_NETWORK/.test(words)); // what was broken on purpose
});

await end();
