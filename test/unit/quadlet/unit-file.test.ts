import t from 'tap';
import { readBoolean, UnitFile } from '../../../src/quadlet/unit-file.ts';

t.test('sections, comments and continued lines', async (t) => {
  const text = [
    '# a comment',
    '[Container]',
    'Image = hello ',
    'Exec=one \\',
    '; in between',
    '  two \\',
    '  three',
    '',
    '[Unit]',
    'Description=a = b',
  ].join('\n');
  const unit = new UnitFile().add(text, 'u');
  t.same(unit.problems, []);
  t.equal(unit.last('Container', 'Image')?.value, 'hello');
  t.match(unit.last('Container', 'Exec')?.value, /^one\s+two\s+three$/);
  t.equal(unit.last('Container', 'Exec')?.line, 4);
  t.equal(unit.last('Unit', 'Description')?.value, 'a = b');
  t.equal(unit.last('Unit', 'Image'), null);
});

t.test('an empty value starts a list anew, across drop-ins', async (t) => {
  const unit = new UnitFile()
    .add('[Container]\nVolume=a:/a\nVolume=b:/b\n', 'u')
    .add('[Container]\nVolume=\nVolume=c:/c\n', 'u.d/10.conf');
  const values = unit
    .all('Container', 'Volume')
    .map(({ value, file, line }) => [value, file, line]);
  t.same(values, [['c:/c', 'u.d/10.conf', 3]]);
});

t.test('what is neither is a problem with its line', async (t) => {
  const unit = new UnitFile().add('Image=x\n[Container]\nnonsense\n[Open\n', 'u');
  t.same(
    unit.problems.map(({ line }) => line),
    [1, 3, 4],
  );
});

t.test('booleans', async (t) => {
  t.same(['1', 'yes', 'True', 'on', 't', 'y'].map(readBoolean), Array(6).fill(true));
  t.same(['0', 'no', 'FALSE', 'off', 'f', 'n'].map(readBoolean), Array(6).fill(false));
  t.equal(readBoolean('maybe'), null);
});
