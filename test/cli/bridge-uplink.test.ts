import { chmodSync, chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findProgram } from '../../src/native/programs.ts';
import { eventually, Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { requirePrograms } from '../support/requirements.ts';
import { testUser } from '../support/user.ts';

requirePrograms('slirp4netns', 'nft');
const sandbox = new Sandbox();
const directory = sandbox.makeDirectory('helpers');
const [slow, program] = [join(directory, 'slow'), join(directory, 'slirp4netns')];
const configuration = join(directory, 'containers.conf');
const env = { CONTAINERS_CONF_OVERRIDE: configuration };

function write(path: string, text: string): void {
  writeFileSync(path, text);
  chownSync(path, testUser().uid, testUser().gid);
  chmodSync(path, 0o755);
}

write(configuration, `[engine]\nhelper_binaries_dir = ["${directory}"]\n`);
const real = findProgram('slirp4netns') ?? '';
write(program, `#!/bin/sh\n[ -e ${slow} ] && exec sleep 9999\nexec ${real} "$@"\n`);

function ok(...args: string[]): string {
  const { code, stdout, stderr } = sandbox.run(args, { env });
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Uplinks of the holder, by what they run. */
function uplinks(word: string): number[] {
  const [holder = 0] = sandbox.holders();
  return inProcesses((process) => {
    const parent = /^PPid:\s+(\d+)$/m.exec(process.read('status'))?.[1];
    const words = process.words();
    // What serves containers is a copy of the holder, whose words say how uplinks are started.
    const found = parent === String(holder) && words[1] !== 'net' && words.includes(word);
    return found ? process.pid : null;
  });
}

t.test('names are answered while an uplink is not ready yet', async (t) => {
  ok('network', 'create', 'back');
  ok('run', '-d', '--name', 'db', '--network', 'back', 'hello', 'sleep', '1000');
  const [first = 0] = uplinks('tap0');
  t.not(first, 0);
  write(slow, '');
  process.kill(first, 'SIGKILL');
  await eventually('another one begins', () => uplinks('9999').length === 1);
  // One that is not ready after ten seconds is given up: without names until then none of its
  // lifetime would have an answer.
  const [begun] = uplinks('9999');
  t.match(ok('exec', 'db', 'nslookup', 'db'), /Name:\s+db/);
  t.same(uplinks('9999'), [begun]);
  rmSync(slow);
  await eventually('a good one follows', () => uplinks('tap0').length === 1);
  t.same(uplinks('9999'), []);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
