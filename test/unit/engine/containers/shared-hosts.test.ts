import t from 'tap';
import { withMember } from '../../../../src/engine/containers/start/shared-hosts.ts';

const start = '127.0.0.1\tlocalhost localhost.localdomain\n10.0.2.100\tweb web-infra\n';

t.test('each container has a line, without the names that others have', (t) => {
  const one = withMember(start, ['web', 'db'], new Set());
  t.equal(one, `${start}127.0.0.1\tdb\n`);
  t.equal(withMember(one, ['web', 'db'], new Set(['db'])), one, 'once');
  t.equal(withMember(one, ['app'], new Set(['db'])), `${one}127.0.0.1\tapp\n`);
  t.end();
});

t.test('those of containers that are gone go', (t) => {
  const text = `${start}127.0.0.1\tdb\n127.0.0.1\tasked\n10.0.0.7\tother\n`;
  const next = withMember(text, ['web', 'app'], new Set(['asked']));
  t.equal(next, `${start}127.0.0.1\tasked\n10.0.0.7\tother\n127.0.0.1\tapp\n`);
  t.end();
});
