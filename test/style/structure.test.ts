import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { version } from '../../src/base/version.ts';
import { launchPlanPage } from '../../src/plan/document.ts';
import { generatedFiles } from '../../src/plan/generated-files.ts';
import { planRecords } from '../../src/plan/ops.ts';
import { projectDir } from '../support/product.ts';
import { native, src, typescript } from './sources.ts';

/** A folder imports only from folders of a lower number; see CONTRIBUTING.md. */
const levels: Record<string, number> = {
  cli: 11,
  api: 10,
  build: 9,
  view: 9,
  engine: 8,
  oci: 7,
  pod: 7,
  container: 6,
  image: 6,
  network: 6,
  secret: 6,
  volume: 6,
  cgroup: 4,
  config: 3,
  containerfile: 3,
  event: 4,
  kube: 4,
  plan: 4,
  monitor: 5,
  registry: 5,
  quadlet: 3,
  request: 3,
  store: 3,
  systemd: 3,
  template: 3,
  native: 2,
  base: 1,
  contract: 1,
};

function folder(path: string): string {
  return relative(src, path).split('/')[0] ?? '';
}

/** The files of the project that one imports, of whose types it makes use, or that it loads later. */
function importsOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g);
  return [...found].map(([, target = '']) => join(file, '..', target));
}

t.test('imports run downward only', async (t) => {
  const wrong: string[] = [];
  for (const file of typescript) {
    const own = levels[folder(file)];
    if (own === undefined) continue;
    for (const target of importsOf(file)) {
      const level = levels[folder(target)];
      if (folder(target) !== folder(file) && (level === undefined || level >= own)) {
        wrong.push(`${relative(src, file)} imports ${relative(src, target)}`);
      }
    }
  }
  t.same(wrong, []);
});

/** Ways by which files come back to themselves through what they import, one for each file that has one. */
function circles(importsOf: (file: string) => readonly string[], files: readonly string[]) {
  const done = new Set<string>();
  const found: string[][] = [];
  const follow = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) found.push([...way.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    for (const target of importsOf(file)) follow(target, [...way, file]);
    done.add(file);
  };
  for (const file of files) follow(file, []);
  return found;
}

t.test('no file imports itself by way of others', async (t) => {
  const graph: Record<string, string[]> = { a: ['b', 'c'], b: ['c'], c: ['d'], d: ['b'] };
  t.same(
    circles((name) => graph[name] ?? [], Object.keys(graph)),
    [['b', 'c', 'd', 'b']],
  );
  t.same(
    circles(importsOf, typescript).map((way) => way.map((file) => relative(src, file)).join(' → ')),
    [],
  );
});

t.test('the command line asks the engine how things are', async (t) => {
  const below = /^(monitor|network|systemd|volume)\//;
  const wrong = typescript
    .filter((file) => /^cli\/(?!runtime)/.test(relative(src, file)))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^import (?!type\b)[^;]*?from '(\.[^']+)';/gm)]
        .map(([, target = '']) => relative(src, join(file, '..', target)))
        .filter((target) => below.test(target))
        .map((target) => `${relative(src, file)} imports ${target}`),
    );
  t.same(wrong, []);
});

t.test('every folder of the source has its level', async (t) => {
  const folders = new Set(typescript.map(folder).filter((name) => !name.endsWith('.ts')));
  // Tools of the build.
  folders.delete('hello');
  folders.delete('executable');
  t.same(
    [...folders].filter((name) => levels[name] === undefined),
    [],
  );
});

t.test('no unfinished places', async (t) => {
  const words = new RegExp(['\\b(TO', 'DO|FIX', 'ME|XX', 'X)\\b'].join(''));
  const marked = [...typescript, ...native].filter((file) =>
    words.test(readFileSync(file, 'utf8')),
  );
  t.same(
    marked.map((file) => relative(projectDir, file)),
    [],
  );
});

t.test('what is generated is up to date', async (t) => {
  for (const [path, text] of Object.entries(generatedFiles())) {
    t.equal(readFileSync(join(projectDir, path), 'utf8'), text, `${path}: npm run generate`);
  }
});

t.test('the page on the launch plan knows every record', async (t) => {
  const page = readFileSync(join(projectDir, 'docs', 'launch-plan.md'), 'utf8');
  t.equal(page, launchPlanPage(page), 'npm run generate');
  t.same(
    Object.keys(planRecords).filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});

t.test('one version', async (t) => {
  const file = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  t.equal(version, file.version);
});

t.test('product code uses node: imports and typed modules only', async (t) => {
  const bad = typescript.filter((file) =>
    /from '(fs|path|os|child_process|crypto|http|https|net|util|stream|zlib)'/.test(
      readFileSync(file, 'utf8'),
    ),
  );
  t.same(bad, []);
});

t.test("private members have the language's own mark", async (t) => {
  const marked = typescript.filter((file) =>
    /^\s*(private|protected) (?!constructor)/m.test(readFileSync(file, 'utf8')),
  );
  t.same(
    marked.map((file) => relative(projectDir, file)),
    [],
  );
});
