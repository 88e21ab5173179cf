import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { writeTar } from '../../src/hello/tar.ts';
import { answerWith, imageOf, serve } from '../attack/registry.ts';
import { digestOf, imageDocument } from '../attack/support.ts';
import { Sandbox } from '../support/bryo.ts';

t.setTimeout(300_000);
const sandbox = new Sandbox();
const tar = writeTar([
  { kind: 'file', path: 'data', mode: 0o644, content: randomBytes(4_000_000) },
]);
const layer = gzipSync(tar, { level: 1 });
const image = imageOf(imageDocument([tar]), [layer], 'tar+gzip');
const half = layer.length >> 1;

/** What the registry does when the layer is asked for; `range` is what the request says. */
let answer: (response: ServerResponse, range: string | undefined) => void = () => undefined;
let ranges: (string | undefined)[] = [];

const host = await serve(t, (request: IncomingMessage, response: ServerResponse) => {
  if (!request.url?.endsWith(image.layer.digest)) return answerWith(image, request, response);
  ranges.push(request.headers.range);
  return answer(response, request.headers.range);
});
const name = `${host}/image:1`;
const partials = join(sandbox.root, 'partials');

function startOf(range: string | undefined): number {
  return Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
}

function giveRest(response: ServerResponse, range: string | undefined): void {
  const from = startOf(range);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': layer.length - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${layer.length - 1}/${layer.length}` }),
  });
  response.end(layer.subarray(from));
}

/** Gives the first half, and nothing more. */
function giveHalf(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': layer.length });
  response.write(layer.subarray(0, half));
}

function begunBytes(): number[] {
  if (!existsSync(partials)) return [];
  return readdirSync(partials).map((entry) => statSync(join(partials, entry)).size);
}

async function waitFor(what: string, is: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (is()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain: ${what}`);
}

/** Kills a pull once half of the layer is there. */
async function killHalfWay(): Promise<void> {
  answer = giveHalf;
  const [program = '', ...args] = sandbox.argv(['pull', '-q', name]);
  const child: ChildProcess = spawn(program, args, { stdio: 'ignore', cwd: '/', detached: true });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await waitFor('half of the layer', () => begunBytes()[0] === half);
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await ended;
}

/** Pulls; gives what was asked of the layer, and removes the image again. */
async function pullAgain(): Promise<(string | undefined)[]> {
  ranges = [];
  const { code, stderr } = await sandbox.runBeside(['pull', '-q', name]);
  t.same([code, stderr], [0, '']);
  t.same(begunBytes(), [], 'nothing is left of it');
  const asked = ranges;
  t.match(sandbox.ok('image', 'inspect', '--format', '{{.RootFS.Layers}}', name), digestOf(tar));
  sandbox.ok('rmi', '-f', name);
  return asked;
}

t.test('a killed pull goes on where it was, also after other commands', async (t) => {
  await killHalfWay();
  sandbox.ok('images');
  sandbox.ok('ps', '-a');
  t.same(begunBytes(), [half]);
  answer = giveRest;
  t.same(await pullAgain(), [`bytes=${half}-${layer.length - 1}`]);
});

t.test('a registry that gives no parts, or refuses them, gives all of it', async (t) => {
  await killHalfWay();
  answer = (response) => giveRest(response, undefined);
  t.equal((await pullAgain()).length, 1);
  await killHalfWay();
  answer = (response, range) =>
    range === undefined ? giveRest(response, range) : response.writeHead(416).end();
  t.same(await pullAgain(), [`bytes=${half}-${layer.length - 1}`, undefined]);
});

t.test('a beginning that is not the blob’s is found out', async (t) => {
  const wrong: Record<string, Buffer> = {
    other: randomBytes(half),
    whole: randomBytes(layer.length),
    'too long': randomBytes(layer.length + 1),
    zeroed: Buffer.concat([layer.subarray(0, half - 4096), Buffer.alloc(4096)]),
    empty: Buffer.alloc(0),
  };
  answer = giveRest;
  for (const [what, bytes] of Object.entries(wrong)) {
    await killHalfWay();
    answer = giveRest;
    const [entry = ''] = readdirSync(partials);
    writeFileSync(join(partials, entry), bytes);
    const asked = await pullAgain();
    t.equal(asked.at(-1), undefined, `${what}: all of it was got in the end`);
  }
  await killHalfWay();
  answer = giveRest;
  const [entry = ''] = readdirSync(partials);
  writeFileSync(join(partials, entry), layer);
  t.same(await pullAgain(), [], 'a whole one needs no registry');
});

t.test('beginnings are counted, and go by prune or after a day', async (t) => {
  await killHalfWay();
  const [images = 0, reclaimable = 0] = sandbox
    .ok('system', 'df', '--format', '{{.RawSize}} {{.RawReclaimable}}')
    .split(/\s/)
    .map(Number);
  t.ok(images >= half && reclaimable >= half, `${images} ${reclaimable}`);
  sandbox.ok('image', 'prune', '-f');
  t.same(begunBytes(), []);
  await killHalfWay();
  const [entry = ''] = readdirSync(partials);
  const old = Date.now() / 1000 - 25 * 60 * 60;
  utimesSync(join(partials, entry), old, old);
  sandbox.ok('ps', '-a');
  t.same(begunBytes(), []);
});

t.test('nobody takes a beginning away from who is writing it', async (t) => {
  answer = giveHalf;
  ranges = [];
  const [program = '', ...args] = sandbox.argv(['pull', '-q', name]);
  const child = spawn(program, args, { stdio: 'ignore', cwd: '/', detached: true });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await waitFor('half of the layer', () => ranges.length > 0 && begunBytes()[0] === half);
  sandbox.ok('image', 'prune', '-a', '-f');
  sandbox.ok('system', 'prune', '-a', '-f');
  t.same(begunBytes(), [half]);
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await ended;
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
