/**
 * E11: what takes hold of the process that clients of the API speak to (by the bytes of a client, or of a
 * container whose log or terminal it passes on) has neither programs nor files to write, nor sockets.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { Service } from '../support/service.ts';
import { checkConfinement } from './confinement.ts';
import { Attack } from './support.ts';

requirePrograms('c++');

const allowed = `
  int pair[2];
  char byte = 0;
  Tell("fine: channel", socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
  Tell("fine: send", send(pair[0], "x", 1, MSG_NOSIGNAL));
  Tell("fine: receive", recv(pair[1], &byte, 1, 0));
`;

const refused = `
  Tell("internet", socket(AF_INET, SOCK_STREAM, 0));
  Tell("connect", connect(pair[0], 0, 0));
  Tell("pair of others", socketpair(AF_INET, SOCK_STREAM, 0, pair));
`;

t.test('the acceptor can do what serving takes, and nothing else', async (t) => {
  const confinement = {
    headers: ['"api/confine.h"'],
    sources: ['api/confine.cc', 'sys/call_filter.cc', 'sys/limits.cc'],
    confine: 'bryo::api::ConfineAcceptor().ok()',
    allowed,
    refused,
  };
  checkConfinement(t, confinement, { allowed: 6, refused: 28 });
});

t.test('it is so confined while it serves, and its workers are not', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  const service = new Service(sandbox);
  t.teardown(() => service.stop());
  await service.ready();
  const status = (pid: number) => readFileSync(`/proc/${pid}/status`, 'utf8');
  const own = status(service.child.pid ?? 0);
  t.match(own, /^Name:\tbryo-api$/m);
  t.match(own, /^Seccomp:\t2$/m);
  t.match(own, /^NoNewPrivs:\t1$/m);
  const limits = readFileSync(`/proc/${service.child.pid}/limits`, 'utf8');
  t.match(limits, /^Max processes +0 +0 /m);
  // Twin: a worker starts containers, for which setuid programs write the maps of ids.
  const image = attack.image('served', []);
  const body = { Image: image, Cmd: ['echo', 'served'], HostConfig: { NetworkMode: 'none' } };
  const made = await service.ask('POST', '/containers/create?name=c', body);
  t.equal(made.status, 201, made.body);
  t.equal((await service.ask('POST', '/containers/c/start')).status, 204);
  t.equal((await service.ask('POST', '/containers/c/wait')).status, 200);
  t.match((await service.ask('GET', '/containers/c/logs?stdout=1')).body, /served/);
  for (const pid of service.workers()) {
    t.match(status(pid), /^Seccomp:\t0$/m);
    t.match(status(pid), /^NoNewPrivs:\t0$/m);
  }
  t.equal((await service.ask('DELETE', '/containers/c')).status, 204);
  t.equal(await service.stop(), 0);
  await eventually('nothing of it is left', () => service.workers().length === 0);
  t.same(attack.close(), []);
});
