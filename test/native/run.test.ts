import t from 'tap';
import { runProgram, runProgramAside } from '../../src/native/run.ts';

/** A shell that writes so many zeros to descriptors, one after the other. */
function writer(...steps: (readonly [bytes: number, descriptor: number])[]): string[] {
  const lines = steps.map(([bytes, fd]) => `head -c ${bytes} /dev/zero | tr '\\0' 0 >&${fd}`);
  return ['sh', '-c', `${lines.join('\n')}\nexit 3`];
}

const ways = { runProgram, runProgramAside };

for (const [name, run] of Object.entries(ways)) {
  t.test(`${name}: what a program says may be long, on both of its descriptors`, async (t) => {
    const argv = writer([2_000_000, 2], [3_000_000, 1], [100_000, 2]);
    const { exitCode, stdout, stderr } = await run({ path: '/bin/sh', argv });
    t.same([exitCode, stdout.length, stderr.length], [3, 3_000_000, 2_100_000]);
  });

  t.test(`${name}: but not without end, and then it is not waited for in vain`, async (t) => {
    const argv = ['sh', '-c', 'exec tr "\\0" 0 </dev/zero'];
    await t.rejects(async () => run({ path: '/bin/sh', argv }), { code: 'EFBIG' });
  });

  t.test(`${name}: a program that says nothing`, async (t) => {
    const argv = ['sh', '-c', 'exit 7'];
    t.same(await run({ path: '/bin/sh', argv }), { exitCode: 7, stdout: '', stderr: '' });
  });
}

t.test('programs that wait for each other get on side by side', async (t) => {
  const fifo = `${t.testdir({})}/fifo`;
  t.equal(runProgram({ path: '/usr/bin/mkfifo', argv: ['mkfifo', fifo] }).exitCode, 0);
  const [reader, writer] = [`cat '${fifo}'`, `echo hello > '${fifo}'`].map((script) =>
    runProgramAside({ path: '/bin/sh', argv: ['sh', '-c', script] }),
  );
  t.equal((await reader)?.stdout, 'hello\n');
  t.equal((await writer)?.exitCode, 0);
});
