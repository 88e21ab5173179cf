import { inProcesses } from '../../support/processes.ts';
import { type RawClient, Service } from '../../support/service.ts';
import type { Round, TortureContext, TortureRow } from '../harness.ts';
import { kill, lives, timeUntil } from '../processes.ts';

/** Milliseconds within which something is killed, and within which all must be in order again. */
const span = 600;
const grace = 20_000;

/** Children of these processes that have ended and that nobody has asked about. */
function zombies(parents: readonly number[]): number {
  return inProcesses((process) => {
    const { state, parent } = process.stateAndParent();
    return state === 'Z' && parents.includes(parent) ? process.pid : null;
  }).length;
}

const body = (more: object) => ({ Image: 'hello', HostConfig: { NetworkMode: 'none' }, ...more });

/** Makes, starts, awaits and removes containers for as long as it is answered. */
async function cycles(service: Service): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    const made = await service.ask('POST', '/containers/create', body({ Cmd: ['true'] }));
    const { Id: id } = JSON.parse(made.body) as { Id: string };
    await service.ask('POST', `/containers/${id}/start`);
    await service.ask('POST', `/containers/${id}/wait`);
    await service.ask('DELETE', `/containers/${id}`);
  }
}

/** A shell in the container that stays, over a connection that becomes its stream. */
async function session(service: Service): Promise<RawClient> {
  const client = service.connect();
  const words = { AttachStdin: true, AttachStdout: true, Cmd: ['cat'] };
  const { body: made } = await service.ask('POST', '/containers/stays/exec', words);
  const { Id: id } = JSON.parse(made) as { Id: string };
  const text = JSON.stringify({ Detach: false, Tty: false });
  const head = `Host: d\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n`;
  const upgrade = 'Connection: Upgrade\r\nUpgrade: tcp\r\n';
  client.send(`POST /exec/${id}/start HTTP/1.1\r\n${head}${upgrade}\r\n${text}`);
  client.send('said\n');
  return client;
}

function follower(service: Service): RawClient {
  const client = service.connect();
  client.send('GET /containers/stays/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n');
  return client;
}

const endsWithin = (client: RawClient): Promise<boolean> =>
  Promise.race([
    client.ended.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(resolve, grace, false).unref()),
  ]);

type Victim = 'acceptor' | 'starter' | 'worker' | 'clients';

/** One round: some clients are at work, something is killed, and then everything must be as if nothing had been. */
async function killOne(
  { random, sandbox }: { random: () => number; sandbox: TortureContext['sandbox'] },
  service: Service,
  victim: Victim,
): Promise<string[]> {
  const problems: string[] = [];
  // What is killed under a client is an error for it.
  const work = Promise.allSettled([cycles(service), cycles(service)]);
  const raw: RawClient[] = [follower(service)];
  const opening = session(service).then(
    (client) => raw.push(client),
    () => {},
  );
  await new Promise((resolve) => setTimeout(resolve, random() * span));
  const workers = service.workers();
  const { pid = 0 } = service.child;
  const starter = service.starter();
  if (victim === 'acceptor') kill(pid);
  if (victim === 'starter') kill(starter);
  if (victim === 'worker') kill(workers[Math.floor(random() * workers.length)] ?? 0);
  if (victim === 'clients') for (const client of raw) client.close();
  await work;
  await opening;
  if (victim === 'acceptor' || victim === 'starter') {
    await service.ended;
    for (const client of raw) {
      if (!(await endsWithin(client))) problems.push('a connection goes on without its acceptor');
    }
    const left = await timeUntil(grace, () => ![starter, ...workers].some(lives));
    if (left === null) problems.push('a process goes on without the acceptor');
  } else {
    const { status } = await service.ask('GET', '/_ping');
    if (status !== 200) problems.push(`the service answers ${status}`);
    const parents = [pid, ...service.workers()];
    const reaped = await timeUntil(grace, () => zombies(parents) === 0);
    if (reaped === null) problems.push('zombies are left');
  }
  for (const client of raw) client.close();
  const gone = await timeUntil(grace, () => !/^cat$/m.test(sandbox.ok('top', 'stays', 'comm')));
  if (gone === null) problems.push('a session goes on without its client');
  return problems;
}

const victims: readonly Victim[] = ['acceptor', 'worker', 'clients', 'starter'];

export const killedService: TortureRow = {
  name: 'service',
  says: "the API's acceptor, its starter, a worker or its clients are killed: containers go on, nothing is half made",
  rounds: 100,
  shortRounds: 4,
  async prepare(context): Promise<Round> {
    const { sandbox, figures } = context;
    const script = 'while :; do echo line; sleep 0.1; done';
    sandbox.ok('run', '-d', '--name', 'stays', '--network', 'none', 'hello', 'sh', '-c', script);
    const pidOfStays = (): string => sandbox.ok('inspect', '--format', '{{.State.Pid}}', 'stays');
    const stays = pidOfStays();
    let service = new Service(sandbox);
    context.teardown(async () => {
      await service.stop();
      sandbox.run(['rm', '-f', '-t', '0', '--all']);
    });
    return async (index) => {
      if (service.child.exitCode !== null || service.child.signalCode !== null) {
        service = new Service(sandbox);
      }
      await service.accepts();
      const victim = victims[index % victims.length] ?? 'worker';
      const start = performance.now();
      const random = () => context.random();
      const problems = await killOne({ random, sandbox }, service, victim);
      figures.time(`after ${victim}`, performance.now() - start);
      const found = sandbox.ok('ps', '-aq', '--no-trunc', '--filter', 'name=.').split('\n');
      const stay = sandbox.ok('inspect', '--format', '{{.Id}}', 'stays').trim();
      const others = found.filter((id) => id !== '' && id !== stay);
      figures.share('left to remove', others.length > 0);
      // Made before its maker was killed: whole, or not there.
      if (others.length > 0) sandbox.ok('rm', '-f', '-t', '0', ...others);
      if (pidOfStays() !== stays) problems.push('the container that was to stay has ended');
      return [...problems, ...context.nextCommand(index)];
    };
  },
};
