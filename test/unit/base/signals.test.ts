import t from 'tap';
import { parseSignal, signalProblem } from '../../../src/base/signals.ts';

t.test('signals by number and name', async (t) => {
  for (const text of ['15', '-15', 'TERM', 'term', 'SIGTERM', '-SIGTERM']) {
    t.equal(parseSignal(text), 15, text);
  }
  t.equal(parseSignal('RTMIN+3'), 37);
  t.equal(parseSignal('SIGRTMAX-1'), 63);
});

t.test('what is none, in words that scripts match', async (t) => {
  for (const text of ['0', 'SIG', 'BADSIG', '%%', '', ' ']) {
    t.equal(parseSignal(text), null, text);
    t.equal(signalProblem(text), `invalid signal: ${text}`);
  }
  for (const text of ['-0', '-BADSIG', '--', '-']) {
    t.equal(parseSignal(text), null, text);
    t.equal(signalProblem(text), `invalid signal: ${text.replace(/-/g, '')}`);
  }
  for (const text of ['65', '-65', '99999999']) {
    t.equal(parseSignal(text), null, text);
    t.equal(signalProblem(text), 'valid signals are 1 through 64');
  }
});
