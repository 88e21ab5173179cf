import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requirePrograms } from '../support/requirements.ts';
import { machineImage, workDisk } from './image.ts';
import { runMachine } from './machine.ts';

const minute = 60_000;
/** A machine that hangs must not hold up everything: several times what an emulated one needs. */
const patience = { guest: 60 * minute, all: 240 * minute };

interface Arguments {
  /** Of Debian; a machine each, one after the other. */
  releases: string[];
  all: boolean;
  filters: string[];
}

function readArguments(argv: readonly string[]): Arguments {
  const result: Arguments = { releases: [], all: false, filters: [] };
  for (let at = 0; at < argv.length; ++at) {
    const word = argv[at] ?? '';
    if (word === '--all') result.all = true;
    else if (word === '--release') {
      at += 1;
      result.releases.push(argv[at] ?? '');
    } else if (word.startsWith('-')) throw new Error(`unknown option ${word}`);
    else result.filters.push(word);
  }
  if (result.releases.length === 0) result.releases.push('bookworm');
  return result;
}

/** Minutes that one file of tests may take in an emulated machine. */
const fileMinutes = { guest: 15, all: 60 };
const runner = 'test/run/main.js';

/** The users of the machine who run its kinds of tests. */
const users = { guest: 'tester', root: 'root', delegated: 'delegate' } as const;
const kinds = ['guest', 'root', 'delegated'] as const;

/** The kinds of the machine's own tests that fit a filter; whoever runs all others does not matter. */
function kindsOf(filter: string): readonly (keyof typeof users)[] {
  const own = readdirSync(import.meta.dirname).filter((file) => `vm/${file}`.includes(filter));
  const fitting = kinds.filter((kind) => own.some((file) => file.endsWith(`.${kind}.js`)));
  return fitting.length > 0 ? fitting : ['guest'];
}

/** Lines for test/vm/guest.sh. */
function phasesOf({ all, filters }: Arguments): string[] {
  const { guest } = fileMinutes;
  if (filters.includes('bench')) return [`tester ${guest} test/vm/bench.js`];
  const lines = kinds.map((kind) => {
    const asked = filters.filter((word) => kindsOf(word).includes(kind));
    return [`${users[kind]} ${guest} ${runner} --${kind}`, ...asked];
  });
  if (filters.length > 0) {
    return lines.filter(([, ...asked]) => asked.length > 0).map((words) => words.join(' '));
  }
  return [...lines.flat(), ...(all ? [`tester ${fileMinutes.all} ${runner}`] : [])];
}

/** Boots a release and runs the tests; whether all of them have passed. */
async function testRelease(release: string, wanted: Arguments): Promise<boolean> {
  process.stdout.write(`Debian ${release}\n`);
  const image = machineImage(release);
  const directory = mkdtempSync('/var/tmp/bryo-vm-');
  try {
    const output = join(directory, 'output');
    writeFileSync(output, '');
    const work = workDisk(directory, phasesOf(wanted));
    const end = await runMachine(image, {
      work,
      output,
      patience: wanted.all ? patience.all : patience.guest,
    });
    const text = readFileSync(output, 'utf8').replaceAll('\r', '');
    if (/^guest ended with status 0$/m.test(text)) return true;
    const console = readFileSync(`${output}.console`, 'utf8').slice(-4000);
    process.stdout.write(`\nthe machine: ${end}; the end of its console:\n${console}\n`);
    return false;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * `npm run vm [-- --release NAME]… [--all] [FILTER…]`: boots a stock Debian with systemd, installs the
 * built product there and runs the tests `*.guest.ts`, `*.room.ts` and `*.delegated.ts` as ordinary users, `*.root.ts`
 * as root; with --all the whole suite as well, with a filter those of all tests that fit. `bench` measures services.
 */
async function main(argv: readonly string[]): Promise<number> {
  requirePrograms('qemu-system-x86_64', 'mmdebstrap', 'mke2fs', 'chroot');
  const wanted = readArguments(argv);
  let passed = true;
  for (const release of wanted.releases) passed = (await testRelease(release, wanted)) && passed;
  return passed ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
