import t from 'tap';
import { BryoError } from '../../../src/base/errors.ts';
import { errorText } from '../../../src/cli/failure.ts';

const error = new BryoError('usage', 'unknown flag: --x', { hint: "see 'bryo run --help'" });
const script = (program: string) => ({ program, isTerminal: false });

t.test('bryo gives hints', (t) => {
  t.equal(errorText(error, script('bryo')), "Error: unknown flag: --x (see 'bryo run --help')\n");
  t.end();
});

t.test('scripts for podman compare its whole line', (t) => {
  t.equal(
    errorText(error, script('podman')),
    "Error: unknown flag: --x\nSee 'podman run --help'\n",
  );
  const other = new BryoError('usage', "must execute 'bryo unshare' first", { hint: 'or not' });
  t.equal(errorText(other, script('podman')), "Error: must execute 'podman unshare' first\n");
  const top = new BryoError('usage', 'no', { hint: "see 'bryo --help'" });
  t.equal(errorText(top, script('docker')), "Error: no\nSee 'docker --help'\n");
  t.end();
});

t.test('people get hints under every name', (t) => {
  const listener = { program: 'podman', isTerminal: true };
  t.equal(errorText(error, listener), "Error: unknown flag: --x (see 'podman run --help')\n");
  t.end();
});
