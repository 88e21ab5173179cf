import t from 'tap';
import { readSecurityChoices } from '../../../src/request/security.ts';

t.test('masks are absolute paths, and ALL is written in any case', async (t) => {
  for (const word of ['ALL', 'all', 'All', '/proc/kcore:all']) {
    t.same(readSecurityChoices([`unmask=${word}`]).unmask, ['ALL'], word);
  }
  t.same(readSecurityChoices(['unmask=/proc/*:/sys/firmware']).unmask, [
    '/proc/*',
    '/sys/firmware',
  ]);
  t.same(readSecurityChoices(['mask=/etc/a:/etc/b', 'mask=/c']).mask, ['/etc/a', '/etc/b', '/c']);
  for (const word of ['unmask=', 'unmask=proc', 'unmask=/proc:kcore', 'mask=', 'mask=etc']) {
    t.throws(() => readSecurityChoices([word]), { message: /absolute paths/ }, word);
  }
});
