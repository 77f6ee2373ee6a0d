// Node's server: server.mjs sync|timer|upstream PORT. Each request logs one line before its answer.
import http from 'node:http'

const [mode, port] = process.argv.slice(2)
const agent = new http.Agent({ keepAlive: true })
const upstream = mode === 'upstream' ? http.createServer((_, res) => res.end('up\n')) : null

function answer(req, res) {
	console.error(`${mode} ${req.url}`)
	res.setHeader('Content-Length', 3)
	res.end('ok\n')
}

function ask(req, res) {
	const port = upstream.address().port
	http.get({ agent, port, host: '127.0.0.1', path: '/' }, (got) => {
		got.resume()
		got.on('end', () => answer(req, res))
	})
}

const server = http.createServer((req, res) => {
	if (mode === 'sync') answer(req, res)
	else if (mode === 'timer') setTimeout(answer, 1 + Math.random() * 4, req, res)
	else ask(req, res)
})
if (upstream) upstream.listen(0, '127.0.0.1', () => server.listen(port, '127.0.0.1'))
else server.listen(port, '127.0.0.1')
