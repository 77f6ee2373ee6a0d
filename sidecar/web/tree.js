// The spans of a trace as a tree that is drawn from top to bottom. Nothing here touches the page.

const byStart = (a, b) => {
	const [x, y] = [BigInt(a.start_unix_nano), BigInt(b.start_unix_nano)];
	return x < y ? -1 : x > y ? 1 : 0;
};

function childrenOf(spans) {
	const here = new Map(spans.map((s) => [s.span_id, s]));
	const kids = new Map();
	const roots = [];
	for (const s of spans) {
		const parent = here.get(s.parent_span_id);
		if (!parent || parent === s) roots.push(s);
		else if (kids.has(parent)) kids.get(parent).push(s);
		else kids.set(parent, [s]);
	}
	for (const list of kids.values()) list.sort(byStart);
	return { roots: roots.sort(byStart), kids };
}

// Nodes in display order: { span, depth, below }; the next `below` nodes are its descendants.
export function nodes(spans) {
	const { roots, kids } = childrenOf(spans);
	const all = [];
	const seen = new Set();
	const walk = (top) => {
		const stack = [{ span: top, depth: 0 }];
		while (stack.length) {
			const node = stack.pop();
			if (node.done) {
				node.done.below = all.length - node.at - 1;
				continue;
			}
			if (seen.has(node.span)) continue;
			seen.add(node.span);
			const made = { span: node.span, depth: node.depth, below: 0 };
			stack.push({ done: made, at: all.length });
			all.push(made);
			const list = kids.get(node.span) ?? [];
			for (let i = list.length - 1; i >= 0; i--)
				stack.push({ span: list[i], depth: node.depth + 1 });
		}
	};
	roots.forEach(walk);
	spans.forEach((s) => seen.has(s) || walk(s)); // circles of parents have no root
	return all;
}

// The span and all below it.
export function subtree(all, span) {
	const at = all.findIndex((n) => n.span === span);
	return at < 0 ? [] : all.slice(at, at + all[at].below + 1).map((n) => n.span);
}

// What a waterfall shows, row by row: spans that no closed one hides, each with its lines below it
// when lines are shown as rows. `lines` says which log lines of a span count.
export function rowsOf(all, { closed, lines }) {
	const rows = [];
	for (let i = 0; i < all.length; i++) {
		const node = all[i];
		rows.push(node);
		if (lines)
			for (const log of lines(node.span))
				rows.push({ log, span: node.span, depth: node.depth + 1 });
		if (closed.has(node.span)) i += node.below;
	}
	return rows;
}

const contains = (value, word) =>
	typeof value === "object" && value !== null
		? Object.entries(value).some(([k, v]) => contains(k, word) || contains(v, word))
		: String(value).toLowerCase().includes(word);

// Does a row say the word (lower case) in its names, attributes or line?
export function says(row, word) {
	if (row.log) return contains(row.log.body, word) || contains(row.log.attributes, word);
	const s = row.span;
	return [s.service, s.name, s.span_id, s.status_message, s.attributes].some((v) =>
		contains(v ?? "", word),
	);
}
