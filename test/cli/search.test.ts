import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { startRegistry } from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';

t.setTimeout(300_000);
const sandbox = new Sandbox();
const registry = await startRegistry(t);
const conf = join(sandbox.directory, 'registries.conf');

const answers = [
  { name: 'plain', description: 'the first\none', star_count: 7, is_official: true },
  { name: 'some/one', description: `\u001b[31m${'long '.repeat(20)}`, star_count: 3 },
  { name: 'robot/built', description: '', star_count: 1, is_automated: true },
];

/** A registry with docker's first search interface. */
const seen: string[] = [];
const server = createServer((request, response) => {
  seen.push(request.url ?? '');
  const isSearch = request.url?.startsWith('/v1/search') === true;
  response.writeHead(isSearch ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isSearch ? { results: answers } : {}));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
t.teardown(() => {
  server.closeAllConnections();
  server.close();
});
const index = `127.0.0.1:${(server.address() as AddressInfo).port}`;

async function search(...args: string[]) {
  const env = { CONTAINERS_REGISTRIES_CONF: conf };
  return sandbox.runBeside(['search', ...args], { env });
}

async function lines(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await search(...args);
  if (code !== 0 || stderr !== '') throw new Error(`${args.join(' ')}: ${code} ${stderr}`);
  return stdout.trimEnd().split('\n');
}

t.before(() => {
  writeFileSync(conf, `unqualified-search-registries = ["${index}", "${registry}"]\n`);
  sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
  for (const name of ['team/app:1', 'team/app:2', 'team/app:3', 'other/thing:1']) {
    sandbox.ok('push', 'hello', `${registry}/${name}`);
  }
});

t.test('by the search of the registry', async (t) => {
  const [heading, first, second] = await lines(`${index}/word`);
  t.match(heading, /^NAME +DESCRIPTION$/);
  t.match(first, new RegExp(`^${index}/plain +the first one$`));
  t.match(second, /\\e\[31mlong .*\.\.\.$/);
  t.match(seen.at(-1), /^\/v1\/search\?q=word&n=25$/);
  const [wide] = await lines('--compatible', `${index}/word`);
  t.match(wide, /^NAME +DESCRIPTION +STARS +OFFICIAL +AUTOMATED$/);
  const names = ['--format', '{{.Name}} {{.Stars}}{{.Official}}', `${index}/word`];
  t.same(await lines('--filter', 'stars=3', ...names), [
    `${index}/plain 7[OK]`,
    `${index}/some/one 3`,
  ]);
  t.same(await lines('-f', 'is-official', ...names), [`${index}/plain 7[OK]`]);
  t.equal((await lines('-f', 'is-official=false', ...names)).length, 2);
  t.same(await lines('-f', 'is-automated=true', ...names), [`${index}/robot/built 1`]);
  t.same(await lines('--limit', '1', ...names), [`${index}/plain 7[OK]`]);
  const json = JSON.parse((await lines('--format', 'json', `${index}/word`)).join('\n'));
  t.match(json[0], { Index: index, Name: `${index}/plain`, Stars: 7 });
});

t.test('among the names of a registry without one', async (t) => {
  const names = ['--format', '{{.Name}}'];
  t.same(await lines(...names, `${registry}/app`), [`${registry}/team/app`]);
  const all = [`${registry}/other/thing`, `${registry}/team/app`];
  t.same((await lines(...names, `${registry}/`)).sort(), all);
  t.equal((await lines(...names, '--limit', '1', `${registry}/`)).length, 1);
  t.equal((await search(...names, `${registry}/nothing`)).stdout, '');
});

t.test('the registries of registries.conf', async (t) => {
  const names = await lines('--format', '{{.Index}}', 'app');
  t.same([...new Set(names)], [index, registry]);
});

t.test('tags', async (t) => {
  const [heading, ...tags] = await lines('--list-tags', `${registry}/team/app`);
  t.match(heading, /^NAME +TAG$/);
  t.same(
    tags.map((line) => line.replace(/ +/, ' ')).sort(),
    ['1', '2', '3'].map((tag) => `${registry}/team/app ${tag}`),
  );
  t.equal((await lines('--list-tags', '--limit', '2', '-n', `${registry}/team/app`)).length, 2);
  const json = (await lines('--list-tags', '--format', 'json', `${registry}/team/app`)).join('\n');
  const [list] = JSON.parse(json);
  t.same([list.Name, list.Tags.sort()], [`${registry}/team/app`, ['1', '2', '3']]);
});

t.test('what goes wrong', async (t) => {
  const refuse = async (args: string[], stderr: RegExp) =>
    t.match(await search(...args), { code: 125, stdout: '', stderr }, args.join(' '));
  await refuse(['127.0.0.1:1/x'], /pinging container registry 127\.0\.0\.1:1: connection refused/);
  await refuse(['--list-tags', `${registry}/none`], /has no list of/);
  await refuse(['--filter', 'x=y', 'a'], /stars, is-official or is-automated/);
  await refuse(['--filter', 'is-official=maybe', 'a'], /true or false/);
  await refuse(['--limit', '0', 'a'], /at least 1/);
  await refuse(['--list-tags', '-f', 'stars=1', `${registry}/x`], /not for --list-tags/);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
