// A colour for each service, the same on every page: by the service's name, so that it stays when
// others come and go. Ten colours that people who see few of them can tell apart (page.css).
const COLOURS = 10;
const taken = new Map();

function hash(text) {
	let h = 2166136261;
	for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
	return (h ^ (h >>> 15)) >>> 0;
}

// Services that are on the page together first get different colours.
export function spread(services) {
	const used = new Set(taken.values());
	for (const s of services) {
		if (taken.has(s)) continue;
		let c = hash(s) % COLOURS;
		for (let i = 0; i < COLOURS && used.has(c); i++) c = (c + 1) % COLOURS;
		if (used.size >= COLOURS) used.clear();
		used.add(c);
		taken.set(s, c);
	}
}

export const colour = (service) => `s${taken.get(service) ?? hash(service) % COLOURS}`;
