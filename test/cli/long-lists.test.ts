// What a registry can make long: a limit that is told in one line, or a time that grows with the length.
import type { ServerResponse } from 'node:http';
import t from 'tap';
import { imageOf, serve } from '../attack/registry.ts';
import { Sandbox } from '../support/bryo.ts';

t.setTimeout(300_000);
const sandbox = new Sandbox();
const layer = Buffer.from('layer');
const digest = `sha256:${'0'.repeat(64)}`;

function layersOf(count: number): Buffer {
  return imageOf(
    Buffer.from('{}'),
    Array.from({ length: count }, () => layer),
    'tar',
  ).manifest;
}

function indexOf(count: number): Buffer {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const entry = { mediaType, digest, size: 1, platform: { os: 'plan9', architecture: 'none' } };
  return Buffer.from(
    JSON.stringify({ schemaVersion: 2, manifests: Array.from({ length: count }, () => entry) }),
  );
}

function answerTags(response: ServerResponse, url: URL, count: number): void {
  const from = Number(url.searchParams.get('last') ?? 0);
  const to = Math.min(count, from + Number(url.searchParams.get('n') ?? 1000));
  const tags = Array.from({ length: to - from }, (_, index) => `tag-${from + index}`);
  const next = `<${url.pathname}?n=1000&last=${to}>; rel="next"`;
  response.writeHead(200, to < count ? { link: next } : {});
  response.end(JSON.stringify({ name: 'x', tags }));
}

const host = await serve(t, (request, response) => {
  const url = new URL(request.url ?? '', 'http://x');
  const [, kind, count] = /^\/v2\/(\w+)-(\d+)\//.exec(url.pathname) ?? [];
  if (kind === 'layers') response.end(layersOf(Number(count)));
  else if (kind === 'index') response.end(indexOf(Number(count)));
  else if (kind === 'tags') answerTags(response, url, Number(count));
  else response.end('{}');
});

t.test('too many layers or entries are refused in one line', async (t) => {
  for (const [name, reason] of [
    ['layers-501', 'has more than 500 layers'],
    ['layers-1000', 'has more than 500 layers'],
    ['layers-50000', 'is larger than 4096 KiB'],
    ['index-1025', 'has more than 1024 entries'],
    ['index-50000', 'is larger than 4096 KiB'],
  ] as const) {
    for (const words of [
      ['pull', '-q'],
      ['run', '--rm', '-q'],
    ]) {
      const { code, stdout, stderr } = await sandbox.runBeside([...words, `${host}/${name}:1`]);
      t.same([code, stdout], [125, ''], `${words[0]} ${name}`);
      t.match(stderr, /^Error: [^\n]+\n$/, name);
      t.match(stderr, reason, name);
    }
  }
});

t.test('tags are listed in a time that grows with their number', async (t) => {
  const times: number[] = [];
  for (const count of [10, 10_000, 50_000]) {
    const words = ['search', '--list-tags', '--limit', String(count), '--format', '{{.Tag}}'];
    const start = performance.now();
    const { code, stdout, stderr } = await sandbox.runBeside([...words, `${host}/tags-${count}`]);
    times.push(performance.now() - start);
    t.same([code, stderr], [0, '']);
    t.equal(stdout.split('\n').filter((line) => line !== '').length, count);
  }
  const [, some = 0, many = 0] = times;
  // Five times as many; the square would take 25 times as long.
  t.ok(many < some * 12, times.map(Math.round).join(' '));
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
