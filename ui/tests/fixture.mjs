// A small stand-in for `assent serve`: the API's shape over a table of answers, with a stream that can be cut. For tests and pictures.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

const MEDIA = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.svg': 'image/svg+xml' };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/**
 * @param {{ token?: string, dist?: string, answers?: Record<string, unknown>, feeds?: Record<string, (request: any, tell: (item: unknown) => void) => void> }} options
 *   `answers`: a response, or a function of the request, by command; one that throws answers with what is thrown.
 *   `feeds`: called when a feed is followed.
 */
export async function startFixture({ token = 't', dist, answers = {}, feeds = {} } = {}) {
  let nextStream = 1;
  /** @type {Map<string, import('node:http').ServerResponse>} */
  const streams = new Map();
  /** @type {{ stream: string, id: number, feed: string, request: any }[]} */
  let followed = [];
  /** @type {string[]} */
  const log = [];
  let refusals = 0;

  const send = (stream, events) => streams.get(stream)?.write(`data: ${JSON.stringify(events)}\n\n`);
  const json = (response, status, body) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body));
  };

  async function body(request) {
    let text = '';
    for await (const part of request) text += part;
    return text === '' ? {} : JSON.parse(text);
  }

  async function api(name, request, response) {
    if (request.headers.authorization !== `Bearer ${token}`) {
      refusals += 1;
      return json(response, 401, { code: 'REFUSED', message: 'The token is not right.' });
    }
    const asked = await body(request);
    log.push(name);
    if (name === 'stream') {
      const id = `s${nextStream++}`;
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      streams.set(id, response);
      response.on('close', () => streams.delete(id));
      response.write(`data: ${JSON.stringify({ stream: id })}\n\n`);
      return undefined;
    }
    const [, stream, act] = /^stream\/(\w+)\/(follow|leave)$/.exec(name) ?? [];
    if (stream !== undefined && act === 'follow') {
      const begin = feeds[asked.feed];
      if (!begin) return json(response, 404, { code: 'NOT_FOUND', message: `There is no feed ${asked.feed}.` });
      json(response, 200, {});
      followed.push({ stream, ...asked });
      return begin(asked.request, (item) => send(stream, [{ id: asked.id, item }]));
    }
    if (stream !== undefined) {
      followed = followed.filter((one) => one.stream !== stream || one.id !== asked.id);
      return json(response, 200, {});
    }
    if (!(name in answers)) return json(response, 404, { code: 'NOT_FOUND', message: `There is no command ${name}.` });
    try {
      const answer = answers[name];
      return json(response, 200, typeof answer === 'function' ? answer(asked) : answer);
    } catch (error) {
      return json(response, 400, error);
    }
  }

  async function page(path, response) {
    if (!dist) return json(response, 404, {});
    const file = normalize(join(dist, path));
    const found = file.startsWith(dist) && extname(file) !== '' ? file : join(dist, 'index.html');
    try {
      const bytes = await readFile(found);
      response.writeHead(200, { 'Content-Type': MEDIA[extname(found)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY });
      return response.end(bytes);
    } catch {
      return json(response, 404, {});
    }
  }

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    if (path.startsWith('/api/')) void api(path.slice(5), request, response);
    else void page(path, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

  return {
    origin: `http://127.0.0.1:${port}`,
    log,
    refusals: () => refusals,
    streams: () => streams.size,
    followed: () => followed.filter((one) => streams.has(one.stream)),
    /** Tells an item to all who follow a feed. */
    tell(feed, item) {
      for (const one of followed) if (one.feed === feed) send(one.stream, [{ id: one.id, item }]);
    },
    /** Tells any event of a subscription. */
    tellEvent(feed, event) {
      for (const one of followed) if (one.feed === feed) send(one.stream, [{ id: one.id, ...event }]);
    },
    /** Cuts all streams in the middle of an event. */
    cut() {
      for (const [stream, response] of streams) {
        response.write('data: [{"id":1,"it');
        response.destroy();
        streams.delete(stream);
      }
      followed = [];
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    /** Listens again where it was. */
    async restart() {
      await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
    },
  };
}
