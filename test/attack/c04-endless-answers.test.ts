// C4: image 2020-1702; distribution 2017-11468, 2023-2253. Answers without an end.
import type { ServerResponse } from 'node:http';
import t from 'tap';
import { bryo, serve } from './registry.ts';
import { Attack } from './support.ts';

/** Answers until the client hangs up; gives how much was sent. */
function endless(response: ServerResponse): void {
  const piece = Buffer.alloc(64 * 1024, ' ');
  const more = (): void => {
    while (!response.destroyed) {
      if (!response.write(piece)) {
        response.once('drain', more);
        return;
      }
    }
  };
  more();
}

t.test('an answer is read up to a bound', async (t) => {
  const attack = new Attack();
  for (const [what, status] of [
    ['manifest', 200],
    ['error', 404],
  ] as const) {
    let sent = 0;
    const host = await serve(t, (request, response) => {
      if (!request.url?.includes('/manifests/')) return response.end('{}');
      response.on('close', () => {
        sent = Math.max(sent, response.socket?.bytesWritten ?? 0);
      });
      response.writeHead(status, { 'content-type': 'application/json' });
      return endless(response);
    });
    const { code, stderr } = await bryo(attack, ['pull', '-q', `${host}/image:1`]);
    t.equal(code, 125, what);
    t.match(stderr, /^Error: [^\n]+\n$/, what);
    t.ok(sent < 64 * 1024 * 1024, `${what}: ${sent} bytes were sent`);
  }
  t.same(attack.close(), []);
});
