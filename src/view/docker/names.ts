/** The docker release whose command line this follows: what clients' version checks see. */
export const dockerVersion = '20.10.24';

/** A full name as docker shows it: `alpine:3` for docker.io/library/alpine:3. */
export function familiarName(name: string): string {
  return name.replace(/^(docker\.io\/library\/|docker\.io\/|localhost\/)/, '');
}

/** `a=b,c=d`, as docker's listings show labels. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** The name that docker has for the network which is there without being made. */
export const dockerDefaultNetwork = 'bridge';

/** A network's name as docker has it. */
export function dockerNetworkName(name: string, defaultName: string): string {
  return name === defaultName ? dockerDefaultNetwork : name;
}
