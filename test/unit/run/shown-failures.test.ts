import t from 'tap';
import { shownFailures } from '../../run/shown-failures.ts';

t.test('only what failed is shown, and what stands outside of tests', async (t) => {
  const output = [
    'TAP version 14',
    '# Subtest: good',
    '    ok 1 - fine',
    '    1..1',
    'ok 1 - good # time=1ms',
    '# Subtest: bad',
    '    ok 1 - fine',
    '    not ok 2 - wrong',
    '      ---',
    '      diff: x',
    'not ok 2 - bad # time=1ms',
    '1..2',
    'Error: boom',
    '# Subtest: cut off',
    '    a word of the program',
  ];
  const shown = [0, 5, 7, 8, 9, 10, 11, 12, 13, 14].map((at) => output[at]);
  t.same(shownFailures(output.join('\n')).split('\n'), shown);
});
