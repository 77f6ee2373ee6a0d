// The sidecar's own API, and how its numbers are written.
export async function get(path) {
	const answer = await fetch(path, { headers: { accept: "application/json" } });
	const json = await answer.json().catch(() => ({}));
	if (!answer.ok)
		throw new Error(json.error?.message ?? `the sidecar answered ${answer.status}`);
	return json;
}

export function duration(ns) {
	for (const [unit, size] of [
		["s", 1e9],
		["ms", 1e6],
		["µs", 1e3],
	])
		if (ns >= size) return `${(ns / size).toPrecision(3)} ${unit}`;
	return `${ns} ns`;
}

export const when = (ns) => {
	const all = BigInt(ns);
	const date = new Date(Number(all / 1000000n)).toISOString().slice(0, 19);
	return `${date}.${String(all % 1000000000n)
		.padStart(9, "0")
		.slice(0, 6)}Z`;
};

export const isBad = (log) => log.severity === "ERROR" || log.severity === "FATAL";
export const traceAddress = (id) => `/trace/${encodeURIComponent(id)}`;
