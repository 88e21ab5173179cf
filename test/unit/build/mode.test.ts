import t from 'tap';
import { modeChange } from '../../../src/build/mode.ts';

const change = (text: string, mode: number, directory = false) =>
  modeChange(text)(mode, directory).toString(8);

t.test('octal modes replace', async (t) => {
  t.equal(change('644', 0o755), '644');
  t.equal(change('4755', 0), '4755');
});

t.test('symbolic modes change, as chmod(1) does', async (t) => {
  t.equal(change('u+x', 0o644), '744');
  t.equal(change('go-rwx', 0o755), '700');
  t.equal(change('a=r', 0o755), '444');
  t.equal(change('+x', 0o644), '755');
  t.equal(change('u=rwX,go=rX', 0o600), '644');
  t.equal(change('u=rwX,go=rX', 0o600, true), '755');
  t.equal(change('u=rwX,go=rX', 0o700), '755');
  t.equal(change('g=u', 0o640), '660');
  t.equal(change('u+s,+t', 0o755), '5755');
  t.equal(change('u+r-w', 0o300), '500');
});

t.test('others are refused', async (t) => {
  for (const text of ['', '9', '12345', 'u', 'z+x', 'u+q', 'u+x,']) {
    t.throws(() => modeChange(text), { code: 'bad-containerfile' }, text);
  }
});
