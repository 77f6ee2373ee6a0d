// A long list of rows of one height. Only those in sight are in the document, so that 10,000 scroll
// as ten do. The list has the focus; the chosen row is told to screen readers as its descendant.
import { el, styled } from "./dom.js";

const ROW = 24;
const SPARE = 12;
const STEPS = {
	ArrowDown: 1,
	j: 1,
	ArrowUp: -1,
	k: -1,
	PageDown: 20,
	PageUp: -20,
	Home: -1e9,
	End: 1e9,
};

// draw(i) gives { attributes, children } of row i; chose(i) hears of a choice; key(event, i) may
// take a key first (true: taken). role is "tree" or "grid"; the children of a grid's row are its
// cells.
export function list({ role, label, draw, chose, key, head }) {
	const inner = el("div", {
		class: "inner",
		role: role === "grid" ? "rowgroup" : "group",
	});
	const place = (i) =>
		role === "grid"
			? { role: "row", "aria-rowindex": i + 1 }
			: { role: "treeitem", "aria-posinset": i + 1, "aria-setsize": n };
	const box = el(
		"div",
		{ class: "rows", tabindex: "0", role, "aria-label": label },
		head,
		inner,
	);
	const ids = `r${Math.random().toString(36).slice(2, 8)}-`;
	const drawn = new Map(); // row number to element
	let n = 0;
	let chosen = -1;
	let waiting = false;

	function element(i) {
		const { attributes, children } = draw(i);
		const row = el(
			"div",
			{
				...place(i),
				id: ids + i,
				"aria-selected": String(i === chosen),
				onclick: () => select(i),
				...attributes,
				class: `row ${attributes.class ?? ""}`,
			},
			children,
		);
		return styled(row, { top: `${i * ROW}px` });
	}

	// Rows that stay in sight stay in the document: scrolling makes only the new ones.
	function scrolled() {
		waiting = false;
		const first = Math.max(Math.floor(box.scrollTop / ROW) - SPARE, 0);
		const last = Math.min(first + Math.ceil(box.clientHeight / ROW) + 2 * SPARE, n);
		for (const [i, row] of drawn)
			if (i < first || i >= last) {
				row.remove();
				drawn.delete(i);
			}
		let at = inner.firstChild;
		for (let i = first; i < last; i++) {
			const there = drawn.get(i);
			const row = there ?? element(i);
			if (there) at = row.nextSibling;
			else inner.insertBefore(row, at);
			drawn.set(i, row);
		}
	}

	function redraw() {
		drawn.clear();
		inner.replaceChildren();
		scrolled();
	}

	function later() {
		if (!waiting) requestAnimationFrame(scrolled);
		waiting = true;
	}

	function select(i) {
		if (n === 0) return;
		chosen = Math.min(Math.max(i, 0), n - 1);
		const top = chosen * ROW;
		const room = box.clientHeight - (head?.offsetHeight ?? 0);
		if (top < box.scrollTop || top + 2 * ROW > box.scrollTop + room)
			box.scrollTop = Math.max(top - room / 2, 0);
		box.setAttribute("aria-activedescendant", ids + chosen);
		redraw();
		chose(chosen);
	}

	box.addEventListener("scroll", later, { passive: true });
	box.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.altKey || event.metaKey) return;
		const step = STEPS[event.key];
		if (!key?.(event, chosen) && step === undefined) return;
		event.preventDefault();
		if (step !== undefined) select((chosen < 0 && step > 0 ? -1 : chosen) + step);
	});
	new ResizeObserver(later).observe(box);
	return {
		box,
		select,
		redraw,
		chosen: () => chosen,
		// The rows are others now; keep says which of them is the chosen one (-1: none).
		set(count, keep = -1) {
			n = count;
			if (role === "grid") box.setAttribute("aria-rowcount", n);
			chosen = keep;
			inner.style.height = `${n * ROW}px`;
			box.style.height = `min(65vh, ${(n + (head ? 1 : 0)) * ROW + 16}px)`;
			redraw();
		},
	};
}
