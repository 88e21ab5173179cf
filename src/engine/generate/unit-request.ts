import { badValue } from '../../request/values.ts';
import type { Engine } from '../engine.ts';
import type { CreateCommandReader } from './create-commands.ts';

/** When systemd starts a service again (systemd.service(5), Restart=). */
export const restartPolicies = [
  ...['no', 'on-success', 'on-failure', 'on-abnormal', 'on-watchdog', 'on-abort', 'always'],
];

/** Parts of the name of a service. */
export interface UnitNaming {
  /** Names of containers and pods stand in units; else their ids. */
  byName: boolean;
  /** The beginning, of a container and of a pod. */
  container: string;
  pod: string;
  /** Between that and the name. */
  separator: string;
}

/** The services that are asked for (podman-generate-systemd(1)). */
export interface UnitRequest {
  /** The service makes the container anew; with `template`, for each instance. */
  isNew: boolean;
  template: boolean;
  naming: UnitNaming;
  /** A comment at the top says what has made it. */
  header: boolean;
  dependencies: { wants: readonly string[]; after: readonly string[]; requires: readonly string[] };
  /** `NAME=VALUE`. */
  environment: readonly string[];
  /** A word of restartPolicies; null: the container's own. */
  restart: string | null;
  /** Seconds; null: systemd's own, and the container's own. */
  restartSec: number | null;
  startTimeout: number | null;
  stopTimeout: number | null;
}

/** A request for services, with what it takes to fulfil it. */
export interface UnitMaking {
  engine: Engine;
  reader: CreateCommandReader;
  request: UnitRequest;
}

/** A policy of systemd's; null: none is asked for. Throws BryoError `bad-flag-value`. */
export function readRestartPolicy(flag: string, asked: string | null): string | null {
  if (asked === null || restartPolicies.includes(asked)) return asked;
  throw badValue(flag, asked, `one of ${restartPolicies.join(', ')} is needed`);
}
