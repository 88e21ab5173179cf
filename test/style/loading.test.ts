// What a command loads before it does anything takes a good part of its time. --show prints it for each verb.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';
import { projectDir } from '../support/product.ts';

const src = join(projectDir, 'src');

/** What is loaded with a file at once: types cost nothing, and what is in an import() comes later. */
function importsOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\b(?! type\b)[^;]*?from '(\.[^']+)';/gm,
  );
  return [...found].map(([, target = '']) => join(dirname(file), target));
}

function loadedWith(files: readonly string[]): string[] {
  const all = new Set<string>();
  const add = (file: string): void => {
    if (all.has(file)) return;
    all.add(file);
    importsOf(file).forEach(add);
  };
  files.forEach(add);
  return [...all].map((file) => relative(src, file));
}

/** By verb: `container ps`, as src/cli/commands.ts has it. */
function verbs(): Map<string, string[]> {
  const text = readFileSync(join(src, 'cli', 'commands.ts'), 'utf8');
  const entries = text.matchAll(/'([\w-]+)',\s*'([\w -]+)',\s*\(\) => import\('(\.[^']+)'\)/g);
  const always = ['main.ts', 'cli/run-cli.ts', 'cli/parse.ts'].map((file) => join(src, file));
  return new Map(
    [...entries].map(([, noun, names = '', file = '']) => [
      `${noun} ${names.split(' ')[0]}`,
      loadedWith([...always, join(src, 'cli', file)]),
    ]),
  );
}

/** The verbs that cannot do without a part of the product; no other one loads it at once. */
const needed: Readonly<Record<string, RegExp>> = {
  // Whoever pulls loads it when the image is not there.
  'registry/client.ts': /^(image search|system log(in|out))$/,
  'image/containers-storage/': /^$/,
  'image/policy/openpgp.ts': /^image (sign|load|import)$/,
  'plan/encode.ts':
    /^(container (run|create|init|start|restart|exec|cp|export|clone)|pod (create|clone|start|restart)|kube play|play kube)$/,
  'quadlet/convert.ts': /^quadlet (install|print|rm|verify)$/,
  'quadlet/keys/': /^quadlet (install|print|rm|verify)$/,
  'cli/docs/': /^system completion$/,
  'cli/quadlet/': /^quadlet/,
};

/** The most modules that frequent verbs load. */
const most: Readonly<Record<string, number>> = {
  'container run': 309,
  'container start': 235,
  'container exec': 130,
  'container ps': 130,
  'container stop': 112,
  'container rm': 140,
  'container logs': 108,
  'image images': 110,
  'image pull': 93,
  'pod ps': 152,
  'volume ls': 128,
};

const loaded = verbs();

t.test('every verb is looked at', async (t) => {
  t.ok(loaded.size > 100);
  t.ok(loaded.get('container run')?.includes('engine/containers/create.ts'));
});

for (const [part, who] of Object.entries(needed)) {
  t.test(`who loads ${part}`, async (t) => {
    const found = [...loaded].filter(([, files]) => files.some((file) => file.startsWith(part)));
    t.same(
      found.map(([verb]) => verb).filter((verb) => !who.test(verb)),
      [],
    );
  });
}

t.test('frequent verbs stay small', async (t) => {
  for (const [verb, limit] of Object.entries(most)) {
    const count = loaded.get(verb)?.length ?? Number.POSITIVE_INFINITY;
    t.ok(count <= limit, `bryo ${verb}: ${count} modules, at most ${limit}`);
  }
});

if (process.argv.includes('--show')) {
  for (const [verb, files] of loaded) {
    const folders = [...new Set(files.map((file) => file.split('/')[0] ?? ''))].sort();
    const counts = folders.map(
      (folder) => `${folder} ${files.filter((file) => file.startsWith(`${folder}/`)).length}`,
    );
    process.stdout.write(`# ${verb}: ${files.length} modules: ${counts.join(', ')}\n`);
  }
}
