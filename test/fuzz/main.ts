import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { testUser, testUserSpawnOptions } from '../support/user.ts';
import { seeds } from './seeds.ts';

/**
 * `npm run fuzz [SECONDS]`: builds the fuzzers with clang and runs each for so long (30 s), as an
 * ordinary user. An input that breaks one is written beside the checkout's dist/ and named.
 */
const seconds = Number(process.argv[2] ?? '30');
requirePrograms('clang++');
const out = join(projectDir, 'dist', 'fuzz');
const built = spawnSync('make', ['-C', join(projectDir, 'addon'), '-j2', 'fuzz', `OUT=${out}`], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (built.status !== 0) process.exit(1);

const { uid, gid } = testUser();
const scratch = mkdtempSync(join(tmpdir(), 'bryo-fuzz-'));
chownSync(scratch, uid, gid);
let failed = false;
for (const [name, inputs] of Object.entries(seeds)) {
  const corpus = join(scratch, name);
  mkdirSync(corpus);
  chownSync(corpus, uid, gid);
  inputs.forEach((bytes, index) => {
    writeFileSync(join(corpus, `seed-${index}`), bytes, { mode: 0o644 });
  });
  const program = join(scratch, `${name}.exe`);
  spawnSync('install', ['-m', '755', join(out, name), program]);
  const { env, ...ids } = testUserSpawnOptions();
  const flags = [
    `-max_total_time=${seconds}`,
    '-max_len=16384',
    '-timeout=10',
    '-rss_limit_mb=1024',
  ];
  const result = spawnSync(program, [...flags, corpus], {
    ...ids,
    env: { ...env, TMPDIR: scratch },
    cwd: scratch,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const rounds = /Done (\d+) runs/.exec(result.stderr)?.[1] ?? '0';
  const broken = result.status !== 0;
  process.stdout.write(`${broken ? 'FAIL' : 'ok  '} ${name}: ${rounds} inputs in ${seconds} s\n`);
  if (broken) {
    failed = true;
    const kept = join(projectDir, 'dist', `fuzz-${name}`);
    spawnSync('sh', ['-c', `cp ${scratch}/crash-* ${scratch}/timeout-* ${kept} 2>/dev/null`]);
    process.stdout.write(`${result.stderr.slice(-4000)}\nthe input: ${kept}\n`);
  }
}
rmSync(scratch, { recursive: true, force: true });
process.exitCode = failed ? 1 : 0;
