import { chmodSync, closeSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Pause } from '../../../src/api/route/reply.ts';
import { serveRequest } from '../../../src/api/serve.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { addon } from '../../../src/native/addon.ts';
import { openApiBench, RecordedConnection } from '../../support/api.ts';

const directory = mkdtempSync(join(tmpdir(), 'bryo-api-events-'));
const path = process.env['PATH'];
t.teardown(() => {
  process.env['PATH'] = path;
  rmSync(directory, { recursive: true });
});

/** A client who follows events: its request is served as often as its answer is continued. */
class Follower {
  readonly #engine: Engine;
  readonly #target: string;
  #pause: Pause | null = null;
  #text = '';
  outcome: unknown = null;

  constructor(engine: Engine, target: string) {
    this.#engine = engine;
    this.#target = target;
  }

  async serve(): Promise<void> {
    const connection = new RecordedConnection([`GET ${this.#target} HTTP/1.0\r\nHost: d\r\n\r\n`]);
    const before = this.#pause;
    const kept = before === null ? undefined : JSON.parse(JSON.stringify(before.state));
    const { growth } = before ?? {};
    const passed = growth === undefined ? [before?.descriptor] : [growth.file, growth.directory];
    const handed = passed.filter((fd) => typeof fd === 'number');
    const outcome = await serveRequest({ engine: this.#engine, kept, handed }, connection);
    this.#pause = typeof outcome === 'object' && 'paused' in outcome ? outcome.paused : null;
    this.#text += connection.written.toString();
    this.outcome = outcome;
  }

  /** Serves it whenever the descriptor that it waits for is readable, until something is so. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      const descriptor = this.#pause?.descriptor ?? null;
      if (descriptor === null) throw new Error(`it waits for no descriptor: ${this.#text}`);
      if (!addon().awaitReadable(descriptor, 20_000)) throw new Error('nothing comes');
      await this.serve();
    }
  }

  /** As the acceptor does it when the client goes. */
  leave(): void {
    const { descriptor, growth } = this.#pause ?? {};
    for (const fd of [descriptor, growth?.file, growth?.directory]) {
      if (typeof fd === 'number') closeSync(fd);
    }
  }

  get names(): string[] {
    return [...this.#text.matchAll(/"name":"([^"]+)"/g)].map(([, name = '']) => name);
  }
}

t.test('one that follows the file goes on where it was', async (t) => {
  const { engine, ok } = openApiBench(t);
  await ok('create --name before web');
  const one = new Follower(engine, '/v1.41/events');
  await one.serve();
  t.match(one.outcome, {
    paused: { descriptor: null, after: null, growth: { name: 'events.log' } },
  });
  await ok('create --name one web');
  await ok('create --name two web');
  await one.serve();
  await one.serve();
  await ok('create --name three web');
  await one.serve();
  t.strictSame(one.names, ['one', 'two', 'three']);
  one.leave();
});

t.test('a follower in the journal is told by the journalctl that was started once', async (t) => {
  const { engine } = openApiBench(t);
  const entries = join(directory, 'entries');
  const entry = (name: string): string =>
    `${JSON.stringify({
      PODMAN_TYPE: 'container',
      PODMAN_EVENT: 'create',
      PODMAN_TIME: '2026-01-02T03:04:05.000000001Z',
      PODMAN_ID: 'abc',
      PODMAN_NAME: name,
      PODMAN_IMAGE: 'web',
    })}\n`;
  const program = join(directory, 'journalctl');
  writeFileSync(entries, entry('first'));
  writeFileSync(program, `#!/bin/sh\nexec /usr/bin/tail -n +1 -s 0.01 -f ${entries}\n`);
  chmodSync(program, 0o755);
  process.env['PATH'] = directory;
  const one = new Follower({ ...engine, eventsBackend: 'journald' }, '/v1.41/events');
  await one.serve();
  await one.until(() => one.names.length === 1);
  writeFileSync(entries, entry('second') + entry('third'), { flag: 'a' });
  await one.until(() => one.names.length === 3);
  t.strictSame(one.names, ['first', 'second', 'third']);
  t.match(one.outcome, { paused: { after: null } });
  one.leave();
});

t.test('the end of journalctl is that of the answer', async (t) => {
  const { engine } = openApiBench(t);
  writeFileSync(join(directory, 'journalctl'), '#!/bin/sh\nexit 1\n');
  process.env['PATH'] = directory;
  const one = new Follower({ ...engine, eventsBackend: 'journald' }, '/v1.41/events');
  await one.serve();
  await one.until(() => one.outcome === 'close');
  t.strictSame(one.names, []);
});
