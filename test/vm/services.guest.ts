import { rmSync } from 'node:fs';
import t from 'tap';
import { bryo, drafts, systemctl } from './services/support.ts';

// All of these use the user's own store and manager: one after the other.
import './services/quadlet.ts';
import './services/kinds.ts';
import './services/supervision.ts';
import './services/update.ts';
import './services/restart.ts';
import './services/examples.ts';

t.test('rm removes services; nothing is left behind', async (t) => {
  t.match(bryo('quadlet', 'rm', '--all', '--force'), { code: 0 });
  t.match(systemctl('start', 'web.service'), { stderr: /not found/ });
  t.equal(bryo('ps', '-aq').stdout, '');
  t.equal(bryo('pod', 'ps', '-q').stdout, '');
  bryo('volume', 'prune', '--force');
  rmSync(drafts, { recursive: true });
});
