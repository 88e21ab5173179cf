import t from 'tap';
import { isPrivateGroup } from '../../../src/native/private-group.ts';

const passwd = 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n';

t.test('a group of one', (t) => {
  const group = (text: string) => ({ passwd, group: `root:x:0:\n${text}\n` });
  t.ok(isPrivateGroup(group('ann:x:1000:'), 1000, 1000));
  t.ok(isPrivateGroup(group('ann:x:1000:ann'), 1000, 1000));
  t.notOk(isPrivateGroup(group('ann:x:1000:ann,bob'), 1000, 1000), 'another member');
  t.notOk(isPrivateGroup(group('users:x:1000:'), 1000, 1000), 'not hers by name');
  t.notOk(isPrivateGroup(group('ann:x:1000:\nstaff:x:1000:bob'), 1000, 1000), 'two names');
  t.notOk(isPrivateGroup(group('ann:x:1000:'), 1001, 1000), 'another user');
  t.notOk(isPrivateGroup(group('ann:x:1000:'), 1000, 1001), 'another group');
  t.notOk(isPrivateGroup({ passwd: '', group: 'ann:x:1000:' }, 1000, 1000), 'nobody known');
  t.end();
});

t.test("a first group of somebody else's", (t) => {
  const group = 'ann:x:1000:\n';
  const shared = `${passwd}bob:x:1001:1000::/home/bob:/bin/sh\n`;
  t.notOk(isPrivateGroup({ passwd: shared, group }, 1000, 1000));
  t.end();
});
