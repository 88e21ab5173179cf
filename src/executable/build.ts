import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const flags = [
  '--no-compile-autoload-bunfig',
  '--no-compile-autoload-dotenv',
  '--bytecode',
  '--minify',
  '--format=esm',
  '--splitting',
  '--target=bun',
];

/** The commands that people wait for most. The first ones make what the later ones look at. */
const recorded = [
  ['--version'],
  ['run', '--rm', '--network', 'none', 'hello', 'true'],
  ['run', '--rm', '--explain', 'hello', 'true'],
  ['create', '--name', 'x', 'hello'],
  ['ps', '-a'],
  ['images'],
  ['inspect', 'x'],
  ['logs', 'x'],
  ['exec', 'x', 'true'],
  ['rm', 'x'],
];

function compile(outfile: string, orderFiles: readonly string[]): void {
  const order = orderFiles.map((path) => `--bytecode-order=${path}`);
  const argv = ['build', '--compile', ...flags, ...order, 'src/main.ts', '--outfile', outfile];
  execFileSync(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/**
 * Runs an executable in a home of its own and returns files that list the functions it has used.
 * A command may fail, as runs do on a machine without user namespaces: what it used is listed all
 * the same.
 */
function recordOrder(executable: string, directory: string): string[] {
  const home = join(directory, 'home');
  const runtime = join(directory, 'runtime');
  mkdirSync(home);
  mkdirSync(runtime, { mode: 0o700 });
  return recorded.flatMap((argv, index) => {
    const order = join(directory, `order-${index}`);
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_RUNTIME_DIR: runtime,
      BUN_BYTECODE_ORDER_OUT: order,
    };
    spawnSync(executable, argv, { env, stdio: 'ignore' });
    return existsSync(order) ? [order] : [];
  });
}

/**
 * Compiles `src/main.ts` into one executable: twice, for the start of a command is mostly page faults.
 * The second time what the usual commands use lies together. Throws when the compiler fails.
 */
export function buildExecutable(outfile: string): void {
  const executable = resolve(outfile);
  compile(executable, []);
  const directory = mkdtempSync(join(tmpdir(), 'bryo-build-'));
  try {
    const order = recordOrder(executable, directory);
    if (order.length === 0) throw new Error(`${outfile} does not run`);
    compile(executable, order);
  } finally {
    // Roots of layers may not be written, not even by their owner.
    execFileSync('chmod', ['-R', 'u+rwX', directory]);
    rmSync(directory, { recursive: true, force: true });
  }
}
