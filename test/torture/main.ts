import { leaveHybridCgroups } from '../support/hybrid-cgroups.ts';
import { requirePrograms } from '../support/requirements.ts';
import { runRow } from './harness.ts';
import { PodmanSandbox } from './podman.ts';
import { tortureRows } from './rows.ts';

/** `npm run torture [-- --rounds N] [--seed N] [--beside-podman] [NAME…]`; see harness.ts. */
const args = process.argv.slice(2);

function takeFlag(flag: string): boolean {
  const at = args.indexOf(flag);
  if (at >= 0) args.splice(at, 1);
  return at >= 0;
}

function takeNumber(flag: string): number | null {
  const at = args.indexOf(flag);
  if (at < 0) return null;
  const [, value = ''] = args.splice(at, 2);
  if (/^\d+$/.test(value)) return Number(value);
  throw new Error(`${flag} needs a number`);
}

const rounds = takeNumber('--rounds');
const seed = takeNumber('--seed') ?? Date.now() % 1_000_000;
const besidePodman = takeFlag('--beside-podman');
if (besidePodman) {
  requirePrograms('podman', 'crun', 'skopeo', 'catatonit');
  leaveHybridCgroups();
}
const unknown = args.find((name) => !tortureRows.some((row) => row.name === name));
if (unknown !== undefined) {
  const known = tortureRows.map(({ name, says }) => `  ${name.padEnd(14)}${says}\n`).join('');
  process.stderr.write(`there is no row ${unknown}; known are\n${known}`);
  process.exit(1);
}
process.stdout.write(`seed ${seed}\n`);
for (const row of tortureRows.filter(({ name }) => args.length === 0 || args.includes(name))) {
  const count = rounds ?? row.rounds;
  const terminal = process.stdout.isTTY;
  const options = {
    rounds: count,
    seed,
    onRound(index: number) {
      if (terminal) process.stdout.write(`\r${row.name} ${index + 1}/${count}`);
    },
  };
  const { problems, figures } = await runRow(row, options);
  const result = problems.length === 0 ? 'ok  ' : 'FAIL';
  const start = terminal ? '\r' : '';
  process.stdout.write(`${start}${result} ${row.name.padEnd(14)}${count} rounds: ${row.says}\n`);
  for (const problem of problems) process.stdout.write(`     ${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
  if (figures !== '') process.stdout.write(`     bryo    ${figures}\n`);
  if (!besidePodman || !row.podman) continue;
  const theirs = await runRow(row, { ...options, sandbox: new PodmanSandbox() });
  process.stdout.write(
    `${start}     podman  ${theirs.figures}; problems ${theirs.problems.length}\n`,
  );
  for (const problem of theirs.problems.slice(0, 3)) {
    process.stdout.write(`             ${problem.trimEnd()}\n`);
  }
}
