import t from 'tap';
import { listeningSockets, withoutSockets } from '../../../src/native/inherited-fds.ts';

t.test('sockets that lead elsewhere are not the container’s', async (t) => {
  const environment = { LISTEN_FDS: '3', LISTEN_FDNAMES: 'web:data:web' };
  const inherited = {
    fds: [3, 4, 5, 6],
    env: ['LISTEN_FDS=3', 'LISTEN_PID=1', 'LISTEN_FDNAMES=web:data:web'],
  };
  t.equal(withoutSockets(inherited, [], environment), inherited);
  t.same(withoutSockets(inherited, [3, 5], environment), {
    fds: [4, 6],
    numbers: [3, 4],
    env: ['LISTEN_FDS=1', 'LISTEN_PID=1', 'LISTEN_FDNAMES=data'],
  });
  t.same(withoutSockets(inherited, [3, 4, 5], environment), { fds: [6], numbers: [3], env: [] });
  t.same(listeningSockets({ LISTEN_FDS: '2', LISTEN_PID: '1' }), [], 'they are for another');
});
