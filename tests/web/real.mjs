// SPDX-License-Identifier: BSD-3-Clause
// The page of a running probe: node real.mjs ADDRESS. Every view of it is shown, of what is really there, without a complaint.
import { answer, axe_words, check, end, expect, go } from "./browser.mjs";

const [address] = process.argv.slice(2);
const [segments, nodes, procedures, incidents] = await Promise.all(["segments", "nodes", "procedures", "incidents"].map((path) => answer(address, path)));
const { transactions } = await answer(address, "transactions?limit=1");
const one = (page, key) => (key === undefined ? [] : [`#/${page}/${encodeURIComponent(key)}`]);
const VIEWS = ["#/", "#/incidents", ...one("incidents", incidents[0]?.id), "#/segments", ...one("segments", segments[0]?.name), "#/nodes", ...one("nodes", nodes[0]?.id),
	       "#/procedures", ...one("procedures", procedures[0]?.name), "#/transactions", ...one("transactions", transactions[0]?.key), "#/probe"];

for (const path of VIEWS) {
	await check(`${path} of a running probe`, { address, has_axe: true }, async (page) => {
		await go(page, path);
		expect(await page.locator(".notice", { hasText: "cannot be shown" }).count() === 0, "it cannot be shown");
		const found = await axe_words(page);

		expect(found === "", found);
	});
}
await end();
