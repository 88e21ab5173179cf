import { BryoError } from '../base/errors.ts';
import type { ContainerOptions } from './container.ts';
import { checkJoined } from './joined.ts';
import { checkCgroupParent } from './limits.ts';
import { isPassthrough } from './log.ts';
import { checkDuplicates } from './mounts/repeats.ts';
import { isOwn } from './namespaces.ts';
import { canPublish, hasOwnNetwork } from './network.ts';
import { checkProcOptions } from './security.ts';
import { checkSysctl } from './sysctls.ts';

function checkProcess(options: ContainerOptions): void {
  const exclude = (wrong: boolean, flags: string): void => {
    if (wrong) throw new BryoError('bad-flag-value', `${flags} cannot be used together`);
  };
  const { files } = options;
  exclude(options.init && options.systemd === 'always', '--init and --systemd=always');
  exclude(options.domainname !== null && !isOwn(options.uts), '--domainname and --uts of others');
  if (options.noHosts && options.addHosts.length > 0) {
    throw new BryoError('bad-flag-value', '--no-hosts and --add-host cannot be set together');
  }
  exclude(options.noHosts && files.hostsFile !== null, '--no-hosts and --hosts-file');
  exclude(
    files.passwd.entry !== null && !files.passwd.enabled,
    '--passwd=false and --passwd-entry',
  );
  checkProcOptions(options);
}

/** Sending is held at the container's own end of the pair, which one with rights over its network could open. */
function checkRate({ network, capAdd, security }: ContainerOptions): void {
  const rated =
    network.mode === 'bridge' && network.networks.some(({ rate }) => rate !== undefined);
  const added = capAdd.map((name) => name.toUpperCase().replace(/^CAP_/, ''));
  const own = security.privileged || added.some((name) => ['ALL', 'NET_ADMIN'].includes(name));
  if (!rated || !own) return;
  const flag = security.privileged ? '--privileged' : '--cap-add NET_ADMIN';
  throw new BryoError('bad-network', `rate= of --network cannot be held with ${flag}`);
}

/**
 * Refuses what does not go together, whoever asks for it. Throws BryoError `bad-flag-value`,
 * `bad-port`, `bad-sysctl`, …
 */
export function validate(options: ContainerOptions): void {
  const own = {
    network: hasOwnNetwork(options.network),
    ipc: options.ipc,
  };
  for (const [key, value] of Object.entries(options.sysctls)) checkSysctl(key, value, own);
  const publishes = options.ports.length > 0 ? '--publish' : '--publish-all';
  if ((options.ports.length > 0 || options.publishAll) && !canPublish(options.network)) {
    throw new BryoError(
      'bad-port',
      `${publishes} cannot be used with --network ${options.network.mode}`,
    );
  }
  checkCgroupParent(options.cgroupParent);
  checkJoined(options);
  checkRate(options);
  checkProcess(options);
  const { restart, health, log, remove } = options;
  const passthrough = isPassthrough(log);
  if (restart.policy !== 'no' && (remove || passthrough)) {
    const other = remove ? '--rm' : `--log-driver ${log.driver}`;
    throw new BryoError('bad-flag-value', `--restart cannot be used with ${other}`);
  }
  const restarts = health.onFailure === 'restart' || (health.startup?.retries ?? 0) > 0;
  if (restarts && passthrough) {
    throw new BryoError(
      'bad-flag-value',
      `a health check that restarts cannot be used with --log-driver ${log.driver}`,
    );
  }
  checkDuplicates(options.mounts);
}
