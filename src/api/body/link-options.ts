import { type AttachmentRequest, addOption, linkOptions } from '../../request/attachment.ts';
import type { Field } from './field.ts';

/** Docker's names of options of an endpoint that have others here. */
const dockerNames = new Map([['com.docker.network.endpoint.ifname', 'interface_name']]);

/**
 * Adds options of an endpoint (`options` of PerNetworkOptions, `DriverOpts` of EndpointSettings) to a request. Throws
 * HttpProblem 400 for a wrong value, 501 for an option that is none of bryo's.
 */
export function addLinkOptions(request: AttachmentRequest, options: Field): void {
  for (const [key, value] of options.entries()) {
    const name = dockerNames.get(key) ?? key;
    if (!linkOptions.includes(name)) {
      throw value.problem(`this option is not supported; ${linkOptions.join(', ')} are`, 501);
    }
    value.read((text) => addOption(request, name, text));
  }
}
