/** Bridges on kernels that lack something: root keeps the modules away. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { bryo } from './services/support.ts';

const settings = '/etc/modprobe.d/bryo-kept-away.conf';

/** The kernel has none of these modules until the next call. */
async function keepAway(...modules: string[]): Promise<void> {
  writeFileSync(settings, modules.map((module) => `install ${module} /bin/false\n`).join(''));
  // What has used them goes a moment after the last container.
  await eventually(`${modules.join(' ')} can be removed`, () =>
    modules.every((module) => spawnSync('rmmod', [module]).status === 0 || !isLoaded(module)),
  );
}

function isLoaded(module: string): boolean {
  return spawnSync('grep', ['-q', `^${module} `, '/proc/modules']).status === 0;
}

function row(check: string): { status: string; message: string; fix: string } {
  return JSON.parse(bryo('doctor', '--format', 'json').stdout).find(
    (one: { check: string }) => one.check === check,
  );
}

const run = ['run', '--rm', '--network', 'bridge', '--cap-add', 'NET_RAW', 'hello'];
const ping = [...run, 'ping', '-c1', '-W30', '10.88.0.1'];

t.test('no bridges', async (t) => {
  await keepAway('nft_meta_bridge', 'br_netfilter', 'bridge');
  const refused = bryo(...ping);
  t.not(refused.code, 0);
  t.match(
    refused.stderr,
    /^Error: cannot start: bridge podman0: the kernel has no interfaces of this kind \(modprobe bridge, by an administrator\)\n$/m,
  );
  t.equal(bryo('ps', '-aq').stdout, '');
  t.match(row('bridge networks'), {
    status: 'warning',
    message: /kind bridge/,
    fix: 'sudo modprobe -a bridge',
  });
});

t.test('no tproxy', async (t) => {
  await keepAway('nft_tproxy');
  t.match(bryo(...ping), { code: 0, stderr: '' });
  t.match(row('outgoing TCP'), { status: 'warning', message: /tproxy/ });
  t.match(row('firewall of bridges'), { status: 'ok' });
});

t.test('no rules that the firewall is made of', async (t) => {
  await keepAway('nft_masq');
  t.match(bryo(...ping), { code: 0, stderr: /^Warning: neighbours on a bridge can forge/ });
  t.match(row('firewall of bridges'), { status: 'warning', message: /no nf_tables/ });
});

t.test('and all of it again', async (t) => {
  rmSync(settings);
  t.match(bryo(...ping), { code: 0, stderr: '' });
  t.match(row('firewall of bridges'), { status: 'ok' });
});
