import { defaultNetworkName } from '../../../engine/networks/default-name.ts';
import { type ApiRequest, param } from '../../route/request.ts';

/** The network that a path or a field names: Docker calls the default one `bridge`. */
export function ownName(engine: ApiRequest['engine'], name: string): string {
  return name === 'bridge' || name === 'default' ? defaultNetworkName(engine) : name;
}

/** The network of the path. */
export function networkParam(request: Pick<ApiRequest, 'engine' | 'params'>): string {
  return ownName(request.engine, param(request, 'network'));
}
