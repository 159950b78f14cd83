// SPDX-License-Identifier: BSD-3-Clause
// The page in a real browser against mock.py: node page.mjs BRAND ORANGE PLAIN, three addresses: the story of a brand; the story of a whole network, in
// the midst of it; the same for a page without the library for charts. Time stands still in them but where a check moves it.
// Ends with 1 when a check fails; browser.mjs says what is printed.
import { answer, axe_words, check as check_at, end, expect, go, until } from "./browser.mjs";

const [brand, orange, plain] = process.argv.slice(2);
const ID = "2012-0711-0001";

const check = (name, options, work) => check_at(name, { address: orange, ...options }, work);

async function mock(address, words) {
	await fetch(`${address}mock/${words}`, { method: "POST" });
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
	await mock(brand, "jump/100");
	await go(page, "#/");
	expect(/^○ OK/.test(await page.title()) && await page.textContent("#state-sentence") === "Nothing is wrong. ", `before the onset: ${await page.title()}`);
	await mock(brand, "jump/128");
	await page.locator("#state.major").waitFor();
	const alarms = await answer(brand, "incidents");
	const spoken = await page.textContent("#said");

	expect(/^Major\. giffgaff/.test(spoken), `read out: ${spoken}`);
	expect(/^▲ Major/.test(await page.title()), `title ${await page.title()}`);
	await page.locator(".card", { hasText: alarms[0].id }).waitFor();
	await page.locator(".multiple.major", { hasText: "giffgaff" }).waitFor();
	expect(await page.locator(".multiple.ok", { hasText: "Tesco Mobile" }).count() === 1, "other brands are as usual");
});

await check("an incident that is over says so, with its course", { address: brand }, async (page) => {
	await mock(brand, "jump/690");
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
	const line = (await answer(orange, `incidents/${ID}`)).announcements.filter((each) => each.state === "restoring").at(-1);
	const cell = await page.locator(".return tbody tr", { hasText: "2G/3G data" }).locator("td").last().textContent();

	expect(cell === `${Math.round(line.recovery.per_rat["2g3g-ps"])} %`, `2G/3G data: ${cell}`);
	const text = await page.inputValue("#handover");

	expect(text.includes(line.summary) && text.includes("Coming back") && /Onset .* UTC/.test(text), "the text for the next shift");
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
	// News of the incident does not take away what somebody is writing.
	await mock(orange, "jump/865");
	await page.locator(".timeline", { hasText: "More is back: 92 %" }).waitFor();
	await page.getByRole("button", { name: "Write down" }).click();
	await page.locator(".timeline", { hasText: "noc: “HLR vendor called”" }).waitFor();
	expect(await page.inputValue("#comment") === "", "what was written down is not written once more");
});

await check("what somebody writes stays when another acknowledges", {}, async (page) => {
	await mock(orange, "jump/810");
	await go(page, `#/incidents/${ID}`);
	await page.getByRole("button", { name: "Take it back" }).waitFor();
	const comment = page.getByLabel("Comment for those who read this later");

	await comment.pressSequentially("half a sent");
	const [line] = (await answer(orange, `incidents/${ID}`)).announcements;

	await fetch(`${orange}api/v1/alarms/${line.alarm.alarmId}`, { method: "PATCH", body: JSON.stringify({ ackState: "UNACKNOWLEDGED" }) });
	await mock(orange, "jump/865");
	await page.getByRole("button", { name: "Acknowledge" }).waitFor();
	await page.keyboard.type("ence");
	expect(await comment.inputValue() === "half a sentence", `what was written: ${await comment.inputValue()}`);
});

await check("an announcement that comes while a view is asking is shown", { address: brand }, async (page) => {
	await mock(brand, "jump/128");
	await go(page, "#/");
	const said = () => page.evaluate(() => document.querySelector("#state-sentence").textContent);
	const before = await said();
	let let_through, has_answered;
	const is_told = new Promise((done) => { let_through = done; });
	const is_answered = new Promise((done) => { has_answered = done; });

	// The answer is of before the announcement, and comes after it.
	await page.route("**/api/v1/incidents/*", async (route) => {
		const response = await route.fetch();

		has_answered();
		await is_told;
		await route.fulfill({ response });
	});
	await page.goto(`${brand}#/incidents/${ID}`);
	await is_answered;
	await mock(brand, "jump/225");
	await until(async () => await said() !== before, "the announcement in the head of the page");
	let_through();
	const wanted = (await answer(brand, `incidents/${ID}`)).announcements.at(-1).summary;

	// Sooner than the view asks again by itself.
	await page.locator(".verdict", { hasText: wanted }).waitFor({ timeout: 10000 });
});

await check("transactions are found by the keyboard, and one is a ladder", {}, async (page) => {
	await go(page, "#/transactions");
	await page.focus("#find-outcome");
	// Letters would have to follow each other within a second.
	await until(async () => {
		await page.keyboard.press("ArrowDown");
		return await page.inputValue("#find-outcome") === "congestion";
	}, "no such outcome in the list");
	await page.focus("#find-procedure");
	await page.keyboard.press("Enter");
	await until(async () => /outcome=congestion/.test(page.url()), "the search stands in the address");
	const wanted = (await answer(orange, "transactions?outcome=congestion&limit=100")).transactions;

	await until(async () => {
		const outcomes = await page.locator("tbody .outcome").allTextContents();

		return outcomes.length === wanted.length && wanted.length > 0 && outcomes.every((words) => words === "refused, too busy");
	}, `not only what was looked for, ${wanted.length} rows, is shown`);
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
	await page.getByRole("button", { name: "Try again" }).click();
	await page.locator("h2", { hasText: "Packets" }).waitFor();
	page.complaints = page.complaints.filter((words) => !/503/.test(words)); // the browser tells of each such answer
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
	await until(async () => {
		await page.locator(".plot").first().hover();
		return /▸ \d\d:\d\d:\d\d: /.test(await page.locator(".readout").first().textContent());
	}, "a time and a value");
});

// Last, since it makes all pages of this address old for a while.
await check("no news is said to be no news, and the page comes back by itself", {}, async (page) => {
	await go(page, "#/");
	await page.route("**/api/v1/status", (route) => route.abort());
	await mock(orange, "hush");
	await page.locator("#state.unknown").waitFor();
	expect(/old/.test(await page.textContent("#state-sentence")) && await page.textContent("#said") === "No news from the probe.", "the sentence says that all is old");
	await mock(orange, "speed/0.2");
	await page.unroute("**/api/v1/status");
	await page.locator(".link.asking").waitFor();
	await mock(orange, "speak");
	await page.locator(".link.live").waitFor();
	await Promise.all([page.waitForRequest("**/api/v1/events"), mock(orange, "part")]);
	await page.locator(".link.live").waitFor();
	await page.locator("#state.critical").waitFor();
	page.complaints = page.complaints.filter((words) => !/ERR_FAILED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_NETWORK/.test(words)); // what was broken on purpose
});

await end();
