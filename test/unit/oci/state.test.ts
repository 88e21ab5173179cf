import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { containerDirectory, forgetContainer } from '../../../src/oci/state.ts';

t.test('a container may be forgotten by two at the same time', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'bryo-state-'));
  const root = { directory };
  mkdirSync(containerDirectory(root, 'one'));
  writeFileSync(join(containerDirectory(root, 'one'), 'state.json'), '{}');
  forgetContainer(root, 'one');
  t.notOk(existsSync(containerDirectory(root, 'one')));
  t.doesNotThrow(() => forgetContainer(root, 'one'), 'the other was first');
  rmSync(directory, { recursive: true });
});
