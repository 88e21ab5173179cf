import type { Engine } from '../../engine/engine.ts';
import type { CreateCommandReader } from '../../engine/generate/create-commands.ts';
import type { RequestBody } from '../http/body.ts';
import type { Headers } from '../http/head.ts';
import type { ApiVersion } from './version.ts';

/** The two ways in which containers are spoken of: Docker Engine's API, and podman's own. */
export type Api = 'docker' | 'libpod';

/** A request, as its handler sees it. */
export interface ApiRequest<Query = Readonly<Record<string, unknown>>> {
  engine: Engine;
  api: Api;
  /** The version that the client has asked for, or the newest. */
  version: ApiVersion;
  /** The parts of the path that have names, checked for their kind. */
  params: Readonly<Record<string, string>>;
  query: Query;
  headers: Headers;
  body: RequestBody;
  /** The state that a pending answer has kept; undefined: this is the first time. */
  kept?: unknown;
  /** Describes all routes, for the one that is asked for that. */
  describe?: () => Promise<unknown>;
  /** Loads whoever reads the command lines that made containers. */
  createCommands?: () => Promise<CreateCommandReader>;
  /** Descriptors that have come back with it. */
  handed?: readonly number[];
  /** Aborted when the client has gone; looked at from the first use on. */
  readonly gone: AbortSignal;
}

/** The parameter of that name, which the route's path has. */
export function param(request: Pick<ApiRequest, 'params'>, name: string): string {
  const value = request.params[name];
  if (value === undefined) throw new Error(`the path of the route has no {${name}}`);
  return value;
}
