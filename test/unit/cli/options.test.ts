import t from 'tap';
import { readEnvironment } from '../../../src/request/environment.ts';
import { readUlimit } from '../../../src/request/limits.ts';
import { readIdMapping, readUserns } from '../../../src/request/userns.ts';

t.test('--env', async (t) => {
  process.env['BRYO_CASE_ONE'] = '1';
  process.env['BRYO_CASE_TWO'] = '2';
  t.same(readEnvironment(['A=1', 'B=', 'BRYO_CASE_ONE', 'NOT_SET_ANYWHERE', 'A=3']), {
    A: '3',
    B: '',
    BRYO_CASE_ONE: '1',
  });
  t.same(readEnvironment(['BRYO_CASE_*']), { BRYO_CASE_ONE: '1', BRYO_CASE_TWO: '2' });
  t.throws(() => readEnvironment(['=x']), { code: 'bad-flag-value' });
});

t.test('--ulimit', async (t) => {
  t.same(readUlimit('nofile=10:20'), [{ name: 'nofile', soft: 10, hard: 20 }]);
  t.same(readUlimit('core=-1'), [{ name: 'core', soft: -1, hard: -1 }]);
  t.ok(readUlimit('host').some(({ name, hard }) => name === 'nofile' && hard > 0));
  for (const bad of ['nofile', 'nofile=20:10', 'wheels=4', 'nofile=a'])
    t.throws(() => readUlimit(bad), { name: 'BryoError' }, bad);
});

t.test('--userns, --uidmap, --gidmap', async (t) => {
  t.same(readUserns(null, [], []), { mode: 'host' });
  t.same(readUserns('keep-id:uid=5,gid=6', [], []), { mode: 'keep-id', uid: 5, gid: 6 });
  t.same(readUserns('match', [], []), { mode: 'match', ids: null });
  t.same(readUserns('auto:size=100', [], []), { mode: 'auto', size: 100, uids: [], gids: [] });
  t.same(readUserns('auto:uidmapping=0:0:1,gidmapping=0:0:1,gidmapping=5:9:2', [], []), {
    mode: 'auto',
    size: null,
    uids: [{ containerId: 0, hostId: 0, size: 1 }],
    gids: [
      { containerId: 0, hostId: 0, size: 1 },
      { containerId: 5, hostId: 9, size: 2 },
    ],
  });
  const uid = process.getuid?.() ?? 0;
  if (uid !== 0) {
    const own = readIdMapping('--uidmap', 'uids', `5:@${uid}`);
    t.same(own, { containerId: 5, hostId: 0, size: 1 }, "the host's id of the caller");
  }
  t.same(readIdMapping('--uidmap', 'uids', '0:1:1000'), { containerId: 0, hostId: 1, size: 1000 });
  const both = readUserns(null, ['0:1:10'], []);
  t.match(both, { mode: 'custom', gids: [{ containerId: 0, hostId: 1, size: 10 }] });
  const wrong: [string, RegExp][] = [
    ['keep-id:colour=red', /keep-id has no option "colour"/],
    ['keep-id:', /keep-id has no option ""/],
    ['keep-id:uid=', /whole number/],
    ['keep-id:uid=-1', /whole number/],
    ['keep-id:uid=1,uid=2', /uid is given twice/],
    ['keep', /match, nomap, auto/],
    ['match:uid=1', /match has no option "uid"/],
    ['auto:size=x', /whole number/],
    ['auto:size=0', /at least 1/],
    ['auto:uidmapping=1', /CONTAINER:ID:SIZE is needed/],
    ['auto:gidmapping=0:1:5,gidmapping=4:9:1', /auto:gidmapping .* overlaps/],
  ];
  for (const [bad, message] of wrong)
    t.throws(() => readUserns(bad, [], []), { code: 'bad-flag-value', message }, bad);
  for (const more of ['+0:1:1', 'u0:1:1', '+g0:1:1'])
    t.throws(() => readUserns(null, [more], []), { message: /extend others .* not supported/ });
  t.throws(() => readUserns(null, ['0:@4294967000:1'], []), { message: /the caller's own/ });
  t.throws(() => readUserns(null, ['0:1:10', '5:20:10'], []), { message: /overlaps/ });
  t.throws(() => readUserns(null, ['4294967295:0:1'], []), { code: 'bad-flag-value' });
  t.throws(() => readUserns('keep-id', ['0:1:10'], []), { message: /cannot be combined/ });
});
