import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asTestUser } from './user.ts';

/** The top of the source tree. */
export const projectDir = findProject(dirname(fileURLToPath(import.meta.url)));

function findProject(from: string): string {
  let directory = from;
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}

/** What runs under Node without being part of dist/. */
const runtimePackages =
  /node_modules(\/(clipanion|typanion|js-yaml|smol-toml|tar-stream|b4a|fast-fifo|streamx|text-decoder|events-universal|bare-events|@pnpm)(\/.*)?)?$/;

function readableByUser(path: string): boolean {
  const [program = '', ...args] = asTestUser(['test', '-r', path, '-a', '-x', path]);
  return spawnSync(program, args).status === 0;
}

/** A checkout in a private home directory cannot be seen by the test user: it gets a copy. */
function placeProduct(): string {
  if (readableByUser(join(projectDir, 'dist', 'bryo'))) return projectDir;
  const copy = mkdtempSync('/var/tmp/bryo-product-');
  process.on('exit', () => spawnSync('rm', ['-rf', copy]));
  spawnSync('chmod', ['755', copy]);
  cpSync(join(projectDir, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(projectDir, 'package.json'), join(copy, 'package.json'));
  cpSync(join(projectDir, 'node_modules'), join(copy, 'node_modules'), {
    recursive: true,
    filter: (path) => runtimePackages.test(path) || path.endsWith('node_modules'),
  });
  spawnSync('chmod', ['-R', 'a+rX', copy]);
  return copy;
}

let place: string | undefined;

/** A directory that the test user can read, with the product in its dist/. */
export function productDirectory(): string {
  place ??= placeProduct();
  return place;
}

/** argv of the product: the compiled executable, or with BRYO_UNDER_TEST=node plain Node. */
export function productArgv(): string[] {
  const dist = join(productDirectory(), 'dist');
  if (process.env['BRYO_UNDER_TEST'] === 'node') {
    return [realpathSync(process.execPath), join(dist, 'js', 'src', 'main.js')];
  }
  return [join(dist, 'bryo')];
}
