// Requests as bytes: what is understood, and what is refused before anything is done.
import t from 'tap';
import { ask, exchange } from '../../support/api.ts';
import { playCaller } from '../../support/fake-engine.ts';
import { openBench } from '../../support/in-process.ts';

playCaller();

const get = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: d', ...headers, '', ''].join('\r\n');

t.test('requests that are understood', async (t) => {
  const { engine } = openBench(t);
  const cases: [string, (string | Uint8Array)[]][] = [
    ['plain', [get('/_ping')]],
    ['with a version', [get('/v1.24/_ping')]],
    ['with slashes to spare', [get('//v1.41//_ping/')]],
    ['in pieces', ['GET /_ping HT', 'TP/1.1\r\nHo', 'st: d\r\n', '\r\n']],
    ['after an empty line', ['\r\n', get('/_ping')]],
    ['a whole URL', [get('http://d/_ping?x=1')]],
    ['an encoded path', [get('/%5Fping')]],
    ['headers without blanks', ['GET /_ping HTTP/1.1\r\nHost:d\r\nX:\r\n\r\n']],
    ['an unwanted body', [get('/_ping', 'Content-Length: 3'), 'abc']],
    ['chunks', [get('/_ping', 'Transfer-Encoding: chunked'), '2;x=y\r\nab\r\n0\r\nA: b\r\n\r\n']],
  ];
  for (const [name, pieces] of cases) {
    const { status, body, outcome } = await exchange(engine, ...pieces);
    t.same([status, body, outcome], [200, 'OK', 'keep'], name);
  }
});

t.test('HTTP/1.0 and Connection: close end the connection', async (t) => {
  const { engine } = openBench(t);
  const old = await exchange(engine, 'GET /_ping HTTP/1.0\r\n\r\n');
  t.same([old.status, old.outcome, old.headers.get('connection')], [200, 'close', 'close']);
  const kept = await exchange(engine, 'GET /_ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
  t.same([kept.outcome, kept.headers.get('connection')], ['keep', 'keep-alive']);
  const closed = await exchange(engine, get('/_ping', 'Connection: Close'));
  t.same([closed.outcome, closed.headers.get('connection')], ['close', 'close']);
});

t.test('requests that are refused', async (t) => {
  const { engine } = openBench(t);
  const cases: [string, number, (string | Uint8Array)[]][] = [
    ['no HTTP', 400, ['hello\r\n\r\n']],
    ['no Host', 400, ['GET /_ping HTTP/1.1\r\n\r\n']],
    ['two hosts', 400, [get('/_ping', 'Host: e')]],
    ['HTTP/2', 505, ['GET /_ping HTTP/2.0\r\nHost: d\r\n\r\n']],
    ['a continued line', 400, [get('/_ping', 'A: b', ' c')]],
    ['a blank before the colon', 400, [get('/_ping', 'A : b')]],
    ['a control character', 400, [get('/_ping', 'A: b\u0001')]],
    ['a bare line feed', 400, ['GET /_ping HTTP/1.1\nHost: d\r\n\r\n']],
    ['an end within the head', 400, ['GET /_ping HTTP/1.1\r\nHost: d\r\n']],
    ['a long head', 431, [get('/_ping', `A: ${'b'.repeat(70_000)}`)]],
    ['many headers', 431, [get('/_ping', ...Array.from({ length: 300 }, (_, i) => `A${i}: b`))]],
    ['both lengths', 400, [get('/_ping', 'Content-Length: 1', 'Transfer-Encoding: chunked'), 'a']],
    ['two lengths', 400, [get('/_ping', 'Content-Length: 1', 'Content-Length: 2'), 'a']],
    ['a length below 0', 400, [get('/_ping', 'Content-Length: -1')]],
    ['another coding', 501, [get('/_ping', 'Transfer-Encoding: gzip, chunked')]],
    ['another expectation', 417, [get('/_ping', 'Expect: money')]],
    ['a path of nothing', 400, ['GET * HTTP/1.1\r\nHost: d\r\n\r\n']],
    ['a broken encoding', 400, [get('/%ff%zz')]],
    ['a NUL in the path', 400, [get('/containers/a%00b/json')]],
  ];
  for (const [name, expected, pieces] of cases) {
    const { status, json, outcome } = await exchange(engine, ...pieces);
    t.same([status, outcome], [expected, 'close'], name);
    t.type((json as { message: unknown }).message, 'string', name);
  }
  const silent = await exchange(engine);
  t.same([silent.outcome, silent.body], ['close', ''], 'a client that has no more to say');
});

t.test('bodies of JSON that could take for ever', async (t) => {
  const { engine } = openBench(t);
  const long = 1_500_000;
  const cases: [string, number, string][] = [
    ['a long string', 404, `{"Image":"none","Labels":{"a":"${'x'.repeat(long)}"}}`],
    ['quotes', 404, `{"Image":"none","Labels":{"a":"${'\\"'.repeat(long)}"}}`],
    ['slashes', 404, `{"Image":"none","Labels":{"a":"${'\\\\'.repeat(long)}"}}`],
    ['brackets in a string', 404, `{"Image":"none","Labels":{"a":"${'{['.repeat(long)}"}}`],
    ['a string without an end', 400, `{"a":"${'\\"'.repeat(long)}`],
    ['a slash at the end', 400, `{"a":"${'\\"'.repeat(long)}\\`],
    ['strings one after the other', 400, '""'.repeat(long)],
    ['many levels', 400, '['.repeat(long)],
    ['65 levels', 400, `{"a":${'['.repeat(64)}${']'.repeat(64)}}`],
    ['64 levels', 404, `{"Image":"none","a":${'['.repeat(63)}${']'.repeat(63)}}`],
    ['more than four mebibytes', 413, `{"a":"${'x'.repeat(4 << 20)}"}`],
  ];
  for (const [name, expected, body] of cases) {
    for (const path of ['/containers/create', '/libpod/containers/create']) {
      const sent = path.startsWith('/lib') ? body.replace('Image', 'image') : body;
      const { status } = await ask(engine, 'POST', path, { body: sent });
      t.equal(status, expected, `${path}: ${name}`);
    }
  }
});

t.test('web pages are refused', async (t) => {
  const { engine } = openBench(t);
  const refused = [
    'Origin: http://example.org',
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Type: multipart/form-data; boundary=a',
  ];
  for (const header of refused) {
    t.equal((await exchange(engine, get('/_ping', header))).status, 403, header);
  }
  t.equal((await exchange(engine, get('/_ping', 'Content-Type: text/plain'))).status, 200);
});
