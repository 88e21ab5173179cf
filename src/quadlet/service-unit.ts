import { quoteWord } from './words.ts';

/** How a service runs a container. */
export type ServiceCommands =
  /** The container exists. */
  | { kind: 'existing'; start: string; stop: string }
  /** The service makes it and removes it. */
  | { kind: 'new'; start: string; stop: string; remove: string };

export interface ServiceUnitOptions {
  /** Without `.service`. */
  name: string;
  commands: ServiceCommands;
  /** Comment lines at the top. */
  header: readonly string[];
  description: string;
  dependencies: { wants: readonly string[]; after: readonly string[]; requires: readonly string[] };
  environment: readonly string[];
  restart: string;
  /** Seconds; null: systemd's own. */
  restartSec: number | null;
  startTimeout: number | null;
  /** Seconds that the container has to end. */
  stopTimeout: number;
}

/** Seconds that systemd waits longer than the container's own time, for the clean-up. */
const stopMargin = 60;

function serviceLines({ commands }: ServiceUnitOptions): string[] {
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

/** Text of a service for one container (podman-generate-systemd(1)). */
export function serviceUnitText(options: ServiceUnitOptions): string {
  const { dependencies, restartSec, startTimeout } = options;
  const lines = [
    ...options.header.map((line) => `# ${line}`),
    ...(options.header.length > 0 ? [''] : []),
    '[Unit]',
    `Description=${options.description}`,
    'Documentation=man:bryo-generate-systemd(1)',
    ...dependencies.wants.map((unit) => `Wants=${unit}`),
    ...dependencies.requires.map((unit) => `Requires=${unit}`),
    ...dependencies.after.map((unit) => `After=${unit}`),
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
