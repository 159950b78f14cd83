// SPDX-License-Identifier: BSD-3-Clause
// The page of a running probe, and of a replay whose input is over: node real.mjs ADDRESS REPLAY. Every view of it is shown, of what is really there, without a complaint.
import { answer, axe_words, check, end, expect, go, until } from "./browser.mjs";

const [address, replay] = process.argv.slice(2);
const hit = await until(async () => (await answer(address, "segments")).find((row) => row.incidents?.length > 0), "no segment has an incident");
const [nodes, procedures, incidents] = await Promise.all(["nodes", "procedures", "incidents"].map((path) => answer(address, path)));
const { transactions } = await answer(address, "transactions?limit=1");
const one = (page, key) => (key === undefined ? [] : [`#/${page}/${encodeURIComponent(key)}`]);
const VIEWS = ["#/", "#/incidents", ...one("incidents", incidents[0]?.id), "#/segments", ...one("segments", hit.name), "#/nodes", ...one("nodes", nodes[0]?.id),
	       "#/procedures", ...one("procedures", procedures[0]?.name), "#/transactions", ...one("transactions", transactions[0]?.key), "#/probe"];

await check("the page tells of the incident that the probe has", { address }, async (page) => {
	await go(page, "#/");
	// The network goes on meanwhile: the page is held against what the probe says now, not against what it said at the start.
	await until(async () => {
		const now = (await answer(address, "segments")).find((row) => row.name === hit.name);
		const open = await answer(address, "incidents?state=open");

		return open.length > 0 && await page.locator(".card", { hasText: open[0].id }).count() === 1 &&
			await page.locator(`.multiple.${now.state}`, { hasText: hit.label ?? hit.name }).count() === 1 && /^[■▲△◇] /.test(await page.title());
	}, `the state of ${hit.name}, the open incidents or the title are not those that the probe says`);
	await go(page, `#/segments/${encodeURIComponent(hit.name)}`);
	expect(await page.locator(".plot").count() === 4, "refused, not answered, requests, times");
	expect(/most \d/.test(await page.locator(".chart", { hasText: "Refused" }).first().textContent()), "the picture says how many were refused");
});

await check("every view is shown of what the probe has seen, and axe finds nothing", { address, has_axe: true }, async (page) => {
	for (const path of VIEWS) {
		await go(page, path);
		expect(await page.locator(".notice", { hasText: "cannot be shown" }).count() === 0, `${path} cannot be shown`);
		const found = await axe_words(page);

		expect(found === "", `${path}: ${found}`);
	}
	expect(VIEWS.length === 12, `only these views: ${VIEWS.join(" ")}`);
});
await check("the page of a replay that is over shows its end and says so", { address: replay }, async (page) => {
	const { state, words } = await answer(replay, "status");

	await page.goto(`${replay}#/`);
	await page.locator(".link.over").waitFor();
	await page.locator(`#state.${state}`).waitFor();
	expect((await page.textContent("#state-sentence")).length > 10 && words.length > 10, "the sentence of the end");
	// Longer than silence would take.
	await page.waitForTimeout(6500);
	expect(await page.locator(".link.over").count() === 1, "and it stays so");
});
await end();
