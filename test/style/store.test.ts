import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { containerFileNames } from '../../src/store/container-files.ts';
import { storePaths } from '../../src/store/paths.ts';
import { projectDir } from '../support/product.ts';

const src = join(projectDir, 'src');

/** The OCI runtime and registries' logins have files of these names elsewhere. */
const others = /^(oci|cli\/runtime|registry|store\/(container-files|paths)\.ts)/;

function sources(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** Names of container files that a source text writes: in a join, or such as nothing else is called. */
function written(text: string): string[] {
  const joined = [...text.matchAll(/\bjoin\((?:[^()]|\([^()]*\))*?'([\w.]+)'\)/g)];
  const dotted = [...text.matchAll(/(?:['"`]|\}\/)(\w+\.(?:json|log|lock|conf))['"`]/g)];
  const names = [...joined.map(([, name = '']) => name), ...dotted.map(([, name = '']) => name)];
  return names.filter((name) => containerFileNames.includes(name));
}

t.test('the search finds names that are joined by hand', async (t) => {
  t.same(written("join(storePaths.container(store, id), 'lock')"), ['lock']);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template string's text.
  t.same(written('${directory}/state.json`'), ['state.json']);
  t.same(written("fileIn(directory, 'lock'); kind === 'exit'"), []);
});

t.test('who goes into the directory of a container has its files named', async (t) => {
  const found = sources(src)
    .filter((path) => !others.test(relative(src, path)))
    .filter((path) => /storePaths\.(run)?[cC]ontainer\(/.test(readFileSync(path, 'utf8')))
    .flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\bjoin\((?:[^()]|\([^()]*\))*?'([\w.]+)'\)/g)].map(
        ([call]) => `${relative(src, path)}: ${call}`,
      ),
    );
  t.same(found, []);
});

t.test('one module names the files of a container', async (t) => {
  const found = sources(src)
    .filter((path) => !others.test(relative(src, path)))
    .flatMap((path) =>
      written(readFileSync(path, 'utf8')).map((name) => `${relative(src, path)}: ${name}`),
    );
  t.same(found, []);
});

t.test('the page on the store tells of every file', async (t) => {
  const page = readFileSync(join(projectDir, 'docs', 'store.md'), 'utf8');
  const store = { root: '/root', runroot: '/runroot', searchGroup: null };
  const places = Object.values(storePaths).map((place) => {
    const path = (place as (...words: unknown[]) => string)(store, '', '');
    return path.split('/')[2] ?? '';
  });
  const names = [...containerFileNames, ...places];
  t.same(
    names.filter((name) => !page.includes(`\`${name}`) && !page.includes(`/${name}\``)),
    [],
  );
});
