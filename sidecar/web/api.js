// The sidecar's own API, and how its numbers are written.
export async function get(path) {
	// The page's own address may hold a password, which fetch() does not take.
	const url = new URL(path, location.origin);
	const answer = await fetch(url, { headers: { accept: "application/json" } });
	const json = await answer.json().catch(() => ({}));
	if (!answer.ok)
		throw new Error(json.error?.message ?? `the sidecar answered ${answer.status}`);
	return json;
}

export const services = async () => (await get("/api/v1/services")).services;

export function duration(ns) {
	for (const [unit, size] of [
		["s", 1e9],
		["ms", 1e6],
		["µs", 1e3],
	])
		if (ns >= size) return `${(ns / size).toPrecision(3)} ${unit}`;
	return `${ns} ns`;
}

export const count = (n, one, many = `${one}s`) =>
	`${n.toLocaleString("en")} ${n === 1 ? one : many}`;

const iso = (ns) => {
	const date = new Date(Number(BigInt(ns) / 1000000n));
	return Number.isNaN(date.getTime()) ? "" : date.toISOString();
};
const micros = (ns) =>
	String(BigInt(ns) % 1000000000n)
		.padStart(9, "0")
		.slice(0, 6);
// 2026-11-23T22:15:02.123456Z
export const when = (ns) => (iso(ns) ? `${iso(ns).slice(0, 19)}.${micros(ns)}Z` : `${ns} ns`);
// 22:15:02.123456
export const clock = (ns) => when(ns).slice(11, 26);

export const isBad = (log) => log.severity === "ERROR" || log.severity === "FATAL";
export const earlier = (a, b) => {
	const [x, y] = [BigInt(a.time_unix_nano), BigInt(b.time_unix_nano)];
	return x < y ? -1 : x > y ? 1 : 0;
};

export const traceAddress = (id) => `/trace/${encodeURIComponent(id)}`;
export const spanAddress = (trace, span) =>
	span ? `${traceAddress(trace)}#span=${span}` : traceAddress(trace);
export const lineAddress = (log) => `${traceAddress(log.trace_id)}#log=${log.time_unix_nano}`;
