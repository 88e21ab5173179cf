// E7: CRI-O 2022-1708; containerd 2022-31030, 2025-64329. Output that nobody reads, clients without
// number, lists without end.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { Attack } from './support.ts';

/** A thousand attached clients that never read; says how many were let in. */
const idle = `
import socket, sys, time
list = []
for i in range(1000):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(0.2)
    try: s.connect('attach')
    except OSError: break
    list.append(s)
print(len(list), flush=True)
time.sleep(1000)
`;

/** The most memory that a process has held, in bytes. */
function peak(pid: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

t.test('the memory of a monitor does not grow', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  const image = attack.image('flood', []);
  const flood = 'dd if=/dev/zero bs=65536 count=1600 2>/dev/null; echo end > /done; sleep 1000';
  const flags = ['-d', '--name', 'c', '--network', 'none', '--log-opt', 'max-size=1m'];
  sandbox.ok('run', ...flags, image, 'sh', '-c', flood);
  const inspect = (field: string): string => sandbox.ok('inspect', '--format', field, 'c').trim();
  const monitor = inspect('{{.State.ConmonPid}}');
  const directory = join(sandbox.runroot, 'containers', inspect('{{.Id}}'));
  const clients = spawn('python3', ['-c', idle], { cwd: directory });
  t.teardown(() => clients.kill('SIGKILL'));
  let said = '';
  clients.stdout.on('data', (part) => {
    said += part;
  });
  await eventually('they are attached', () => said !== '');
  t.comment(`${said.trim()} clients`);
  await eventually('a hundred megabytes have gone', () => {
    return sandbox.run(['exec', 'c', 'cat', '/done']).code === 0;
  });
  t.ok(peak(monitor) < 16 * 1024 * 1024, `${peak(monitor)} bytes`);
  clients.kill('SIGKILL');
  sandbox.ok('rm', '-f', '-t', '0', 'c');
  t.same(attack.close(), []);
});

t.test('a list without end is an error, at once', async (t) => {
  const attack = new Attack();
  const image = attack.image('lists', []);
  for (const list of ['0-4294967295', '0-99999999999999', '1,'.repeat(40_000)]) {
    const { code, stderr } = attack.run('--cpuset-cpus', list, image, 'true');
    t.equal(code, 125, list.slice(0, 20));
    t.match(stderr, /^Error: [^\n]+\n$/);
  }
  t.same(attack.close(), []);
});
