import { quoteWord } from './words.ts';

/** How a service runs a container or a pod. */
export type ServiceCommands =
  /** The container exists. */
  | { kind: 'existing'; start: string; stop: string }
  /** The service makes it and removes it. */
  | { kind: 'new'; start: string; stop: string; remove: string }
  /** A pod, which exists unless it is made first; its containers have services of their own. */
  | { kind: 'pod'; create: string | null; start: string; stop: string; remove: string | null };

/** How the services of a pod belong together. */
export interface PodBonds {
  /** The services of its containers, which are started with it. */
  members: readonly string[];
  /** The service of the pod, without which this one is not; null: there is none. */
  boundTo: string | null;
}

export interface ServiceUnitOptions {
  /** Without `.service`. */
  name: string;
  commands: ServiceCommands;
  /** Comment lines at the top. */
  header: readonly string[];
  description: string;
  dependencies: { wants: readonly string[]; after: readonly string[]; requires: readonly string[] };
  bonds: PodBonds;
  environment: readonly string[];
  restart: string;
  /** Starts within systemd's interval after which it gives up; null: systemd's own. */
  startLimit: number | null;
  /** Seconds; null: systemd's own. */
  restartSec: number | null;
  startTimeout: number | null;
  /** Seconds that the container has to end. */
  stopTimeout: number;
}

/** Seconds that systemd waits longer than the container's own time, for the clean-up. */
const stopMargin = 60;

/** A pod lasts when its commands have ended, as that of a .pod file does. */
function podLines(commands: ServiceCommands & { kind: 'pod' }): string[] {
  return [
    'Type=oneshot',
    'RemainAfterExit=yes',
    ...(commands.create === null ? [] : [`ExecStartPre=${commands.create}`]),
    `ExecStart=${commands.start}`,
    `ExecStop=${commands.stop}`,
    ...(commands.remove === null ? [] : [`ExecStopPost=-${commands.remove}`]),
  ];
}

function serviceLines({ commands }: ServiceUnitOptions): string[] {
  if (commands.kind === 'pod') return podLines(commands);
  return [
    'Type=notify',
    'NotifyAccess=all',
    'Delegate=yes',
    'KillMode=mixed',
    `ExecStart=${commands.start}`,
    `ExecStop=${commands.stop}`,
    ...(commands.kind === 'new' ? [`ExecStopPost=-${commands.remove}`] : []),
  ];
}

function unitLines({ dependencies, bonds, startLimit }: ServiceUnitOptions): string[] {
  const { members, boundTo } = bonds;
  return [
    ...members.flatMap((unit) => [`Wants=${unit}`, `Before=${unit}`]),
    ...(boundTo === null ? [] : [`BindsTo=${boundTo}`, `After=${boundTo}`]),
    ...dependencies.wants.map((unit) => `Wants=${unit}`),
    ...dependencies.requires.map((unit) => `Requires=${unit}`),
    ...dependencies.after.map((unit) => `After=${unit}`),
    ...(startLimit === null ? [] : [`StartLimitBurst=${startLimit}`]),
  ];
}

/** Text of a service for one container or pod (podman-generate-systemd(1)). */
export function serviceUnitText(options: ServiceUnitOptions): string {
  const { restartSec, startTimeout } = options;
  const lines = [
    ...options.header.map((line) => `# ${line}`),
    ...(options.header.length > 0 ? [''] : []),
    '[Unit]',
    `Description=${options.description}`,
    'Documentation=man:bryo-generate-systemd(1)',
    ...unitLines(options),
    'RequiresMountsFor=%t/bryo',
    '',
    '[Service]',
    'Environment=PODMAN_SYSTEMD_UNIT=%n',
    ...options.environment.map((pair) => `Environment=${quoteWord(pair)}`),
    `Restart=${options.restart}`,
    ...(restartSec === null ? [] : [`RestartSec=${restartSec}`]),
    ...(startTimeout === null ? [] : [`TimeoutStartSec=${startTimeout}`]),
    `TimeoutStopSec=${options.stopTimeout + stopMargin}`,
    'SuccessExitStatus=143',
    ...serviceLines(options),
    '',
    '[Install]',
    'WantedBy=default.target',
  ];
  return `${lines.join('\n')}\n`;
}
