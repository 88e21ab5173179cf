/**
 * Dockerfiles as projects publish them, over base images that stand for theirs: what comes out of bryo is compared
 * with what podman 5.4 made of them (`published/expected`). `BRYO_TEST_ORACLE=podman` compares with the podman of
 * the machine, and `BRYO_TEST_ORACLE=record` writes down what that makes.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';
import { exportedFiles } from './published/exported.ts';

const oracle = process.env['BRYO_TEST_ORACLE'];
const place = join(projectDir, 'test', 'build', 'published');
const cases = readdirSync(join(place, 'cases')).sort();

/** As many names as the cases have for their base images. */
function baseNames(): string[] {
  const text = cases.map((name) => readFileSync(join(place, 'cases', name, 'Dockerfile'), 'utf8'));
  const names = text.join('\n').matchAll(/^(?:FROM (?:--\S+ )?|ARG \w+_IMAGE=")([^\s"]+)/gm);
  const values: Record<string, string> = {
    PYTHON_VERSION: '3.12',
    RUBY_VERSION: '3.3.0',
    RUST_VERSION: '1.83',
    VARIANT: 'bookworm',
    ELIXIR_VERSION: '1.17.2',
    OTP_VERSION: '27.0',
  };
  const full = [...names].map(([, name = '']) =>
    name.replace(/\$\{?(\w+)\}?/g, (_all, variable: string) => values[variable] ?? ''),
  );
  return [...new Set(full)].filter((name) => name !== '' && name !== 'scratch');
}

/** podman in a store of its own, used like the product. */
class PodmanSandbox extends Sandbox {
  override argv(args: readonly string[], options: { env?: Record<string, string> } = {}): string[] {
    return asTestUser(['/usr/bin/podman', ...this.flags, ...args], options.env);
  }
}

const own = new Sandbox();
const sandbox = oracle === undefined ? own : new PodmanSandbox();

/** A mirror of all that is fetched: each address has its own name as content. */
const mirror = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://mirror.example').pathname;
  response.end(`${path.split('/').at(-1)}\n`);
});
await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve));
const proxy = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sandbox.runBeside(args, { env: { http_proxy: proxy } });
  if (code !== 0) throw new Error(`${args.join(' ')}: status ${code}: ${stderr}`);
  return stdout;
}

async function build(context: string, ...flags: string[]): Promise<void> {
  await run('build', '-q', '--network', 'host', ...flags, context);
}

/** A copy of a directory of the project's that the user may read. */
function copied(...path: string[]): string {
  const target = join(sandbox.directory, path.join('-'));
  cpSync(join(place, ...path), target, { recursive: true });
  spawnSync('chmod', ['-R', 'u=rwX,go=rX', target]);
  return target;
}

/** The archive that a case unpacks: with owners of its own. */
function makeArchive(context: string): void {
  mkdirSync(join(context, 'theme'));
  writeFileSync(join(context, 'theme', 'theme.toml'), 'name = "t"\n');
  chmodSync(join(context, 'theme', 'theme.toml'), 0o640);
  const flags = ['--owner=5', '--group=6', '--mtime=@1000000000', '--mode=u=rwX,g=rX,o='];
  spawnSync('tar', ['-C', context, ...flags, '-czf', join(context, 'themes.tar.gz'), 'theme']);
  spawnSync('rm', ['-r', join(context, 'theme')]);
}

let listed = 0;

/** The files of an image: a line for each. */
async function filesOf(image: string): Promise<string[]> {
  listed += 1;
  const archive = join(sandbox.directory, `export-${listed}.tar`);
  await run('create', '-q', '--image-volume', 'ignore', '--name', `c${listed}`, image, 'nothing');
  await run('export', '-o', archive, `c${listed}`);
  await run('rm', `c${listed}`);
  return exportedFiles(readFileSync(archive));
}

/** The history of what stands for base images. */
const ofBase = /busybox and a greeting|for name in npm pnpm/;

/** The words of a history without what builders tell apart: sums, destinations, and all but that there is an ARG. */
function plainWords(text: string): string {
  return text
    .replace(/(file|dir|multi):[0-9a-f]{64} in .*/, '$1:*')
    .replace(/(:sha256:[0-9a-f]{64})+$/, '')
    .replace(/^(\/bin\/sh -c #\(nop\) ARG) .*/, '$1');
}

/** What an image says of itself, but for what must differ between builders and builds. */
async function describe(image: string): Promise<string[]> {
  const [{ Config, History, RootFS }] = JSON.parse(await run('image', 'inspect', image));
  const { Labels, Env, ...settings } = Config;
  const labels = Object.entries(Labels ?? {}).filter(([key]) => !/^io\.\w+\.version$/.test(key));
  const sorted = Object.entries({
    ...settings,
    Env: [...(Env ?? [])].sort(),
    Labels: Object.fromEntries(labels.sort()),
  }).sort();
  const history = (History as Record<string, unknown>[]).map(({ created_by, empty_layer }) =>
    JSON.stringify([plainWords(String(created_by)), empty_layer ?? false]),
  );
  return [
    ...sorted.map(([key, value]) => `${key} ${JSON.stringify(value)}`),
    `layers ${RootFS.Layers.length}`,
    ...history.filter((line) => !ofBase.test(line)),
  ];
}

let base: Set<string>;

t.before(async () => {
  if (oracle !== undefined) {
    const archive = join(sandbox.directory, 'hello.tar');
    own.ok('create', '--name', 'first', 'hello');
    own.ok('save', '-o', archive, 'hello');
    chmodSync(archive, 0o644);
    await run('load', '-q', '-i', archive);
  }
  await build(
    copied('base'),
    '--squash-all',
    '--layers=false',
    ...baseNames().flatMap((name) => ['-t', name]),
  );
  base = new Set(await filesOf('alpine:3.20'));
});

for (const name of cases) {
  t.test(name, async (t) => {
    const context = copied('cases', name);
    if (name === 'hugo-site') makeArchive(context);
    await build(context, '-t', name);
    const files = (await filesOf(name)).filter((line) => !base.has(line));
    const found = `${[...(await describe(name)), '', ...files].join('\n')}\n`;
    const expected = join(place, 'expected', `${name}.txt`);
    if (oracle === 'record') writeFileSync(expected, found);
    t.equal(found, readFileSync(expected, 'utf8'));
  });
}

t.test('nothing is left', async (t) => {
  mirror.close();
  if (oracle !== undefined)
    spawnSync('podman', [...sandbox.flags, 'unshare', 'rm', '-rf', sandbox.root]);
  t.same([...own.close(), ...(oracle === undefined ? sandbox.close() : [])], []);
});
