import t from 'tap';
import { runProgram } from '../../src/native/run.ts';

/** A shell that writes so many zeros to descriptors, one after the other. */
function writer(...steps: (readonly [bytes: number, descriptor: number])[]): string[] {
  const lines = steps.map(([bytes, fd]) => `head -c ${bytes} /dev/zero | tr '\\0' 0 >&${fd}`);
  return ['sh', '-c', `${lines.join('\n')}\nexit 3`];
}

t.test('what a program says may be long, on both of its descriptors', async (t) => {
  const argv = writer([2_000_000, 2], [3_000_000, 1], [100_000, 2]);
  const { exitCode, stdout, stderr } = runProgram({ path: '/bin/sh', argv });
  t.same([exitCode, stdout.length, stderr.length], [3, 3_000_000, 2_100_000]);
});

t.test('but not without end, and then the program is not waited for in vain', async (t) => {
  const argv = ['sh', '-c', 'exec tr "\\0" 0 </dev/zero'];
  t.throws(() => runProgram({ path: '/bin/sh', argv }), { code: 'EFBIG' });
});
