import { realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { printable } from '../../base/text.ts';
import { findProgram } from '../../native/programs.ts';
import { runProgramAside } from '../../native/run.ts';

/** A git repository with what is wanted of it: `URL#REF:DIRECTORY`. */
export interface GitPlace {
  url: string;
  /** Branch, tag or commit; null: the repository's own choice. */
  ref: string | null;
  /** A directory in it; null: all. */
  directory: string | null;
}

/** Whether an address is that of a git repository: by its scheme, its host, or its end. */
export function isGitAddress(address: string): boolean {
  if (/^(git|ssh):\/\/|^git@[\w.-]+:|^github\.com\//.test(address)) return true;
  return /^https?:\/\/[^#]*\.git(#|$)/.test(address);
}

/** Throws BryoError `bad-build-context` for words that git would take for options. */
export function readGitAddress(address: string): GitPlace {
  const [, place = '', fragment = ''] = /^([^#]*)#?(.*)$/s.exec(address) ?? [];
  const url = place.startsWith('github.com/') ? `https://${place}` : place;
  const [, ref = '', directory = ''] = /^([^:]*):?(.*)$/s.exec(fragment) ?? [];
  // As docker does: what git takes for an option is no name of anything.
  if (/^-|[\u0000-\u0020\u007f]/.test(ref) || /^-|[\u0000-\u001f\u007f]/.test(url)) {
    throw new BryoError('bad-build-context', `invalid git address ${JSON.stringify(address)}`);
  }
  return { url, ref: ref || null, directory: directory || null };
}

/** Settings of the caller's environment that would lead git elsewhere. */
const unset = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY'];
const settings = [
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'protocol.ext.allow=never'],
  ...['-c', 'init.defaultBranch=main', '-c', 'advice.detachedHead=false'],
];

/** Runs git in a directory. Resolves with its complaint; null when it has none. */
async function git(directory: string, args: readonly string[]): Promise<string | null> {
  const program = findProgram('git');
  if (program === null) {
    throw new BryoError('bad-build-context', 'git is needed for a git repository', {
      hint: 'install it: apt install git',
    });
  }
  const cleared = unset.flatMap((name) => ['-u', name]);
  const command = [program, '-C', directory, ...settings, ...args];
  const { exitCode, stderr } = await runProgramAside({
    path: '/usr/bin/env',
    argv: ['env', ...cleared, 'GIT_TERMINAL_PROMPT=0', 'LC_ALL=C', ...command],
  });
  if (exitCode === 0) return null;
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const words = `failed while performing \`git ${args[0]}\`: exit status ${exitCode}`;
  return printable(last === '' ? words : `${last}: ${words}`);
}

/** A full commit's name is asked for as it is; others may be branches or tags. */
async function checkOut(directory: string, ref: string | null): Promise<string | null> {
  const shallow = await git(directory, ['fetch', '-q', '--depth=1', 'origin', ref ?? 'HEAD']);
  if (shallow === null) return git(directory, ['checkout', '-q', '--detach', 'FETCH_HEAD']);
  // Some servers know no shallow fetch.
  const failed = await git(directory, ['fetch', '-q', 'origin', ref ?? 'HEAD']);
  if (failed === null) return git(directory, ['checkout', '-q', '--detach', 'FETCH_HEAD']);
  if (ref === null) return failed;
  // A commit by its name is in one of the branches.
  const all = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
  const problem = await git(directory, ['fetch', '-q', 'origin', ...all]);
  return problem ?? git(directory, ['checkout', '-q', '--detach', `${ref}^{commit}`]);
}

/** The directory in a repository, which no link may lead out of it. */
function directoryIn(repository: string, name: string, address: string): string {
  const root = realpathSync(repository);
  const why = `${JSON.stringify(name)} is no directory of ${address}`;
  let real: string;
  try {
    real = realpathSync(join(root, name));
  } catch (cause) {
    throw new BryoError('bad-build-context', why, { cause });
  }
  const inside = real === root || real.startsWith(`${root}/`);
  if (!inside || !statSync(real).isDirectory()) throw new BryoError('bad-build-context', why);
  return real;
}

/**
 * Gets a repository, with its submodules, into an empty directory. Resolves with the directory that is wanted.
 * Throws BryoError `bad-build-context`.
 */
export async function cloneRepository(
  place: GitPlace,
  into: string,
  { keepGitDir }: { keepGitDir: boolean },
): Promise<string> {
  const { url, ref, directory } = place;
  const steps: (() => Promise<string | null>)[] = [
    () => git(into, ['init', '-q']),
    () => git(into, ['remote', 'add', 'origin', '--', url]),
    () => checkOut(into, ref),
    () => git(into, ['submodule', '-q', 'update', '--init', '--recursive', '--depth=1']),
  ];
  for (const step of steps) {
    const problem = await step();
    if (problem === null) continue;
    const what = ref === null ? url : `${url}#${ref}`;
    throw new BryoError('bad-build-context', `cannot get ${what}: ${problem}`);
  }
  if (!keepGitDir) rmSync(join(into, '.git'), { recursive: true, force: true });
  return directoryIn(into, directory ?? '.', url);
}
