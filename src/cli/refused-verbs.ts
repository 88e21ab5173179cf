const noCheckpoints =
  'the memory of processes can be saved by CRIU only, and that needs root and its capabilities';

/** Verbs of podman's that bryo knows and does not have, each with the reason. */
const reasons: Readonly<Record<string, string>> = {
  artifact: 'files go into registries as artifacts of a list: bryo manifest add --artifact',
  'container checkpoint': noCheckpoints,
  'container restore': noCheckpoints,
  'container runlabel':
    'it runs a command outside of containers that an image says; bryo image inspect shows it',
  farm: 'bryo works on this machine: ssh MACHINE bryo does so elsewhere',
  'generate spec': 'containers have no such form; bryo container clone copies one',
  'kube apply': 'no cluster is spoken with; bryo kube generate writes what kubectl apply reads',
  machine: 'containers run on this machine itself',
};

/** podman's verbs of nouns that are refused as a whole: of others there are none. */
const verbsOf: Readonly<Record<string, string>> = {
  artifact: 'add inspect ls pull push rm',
  farm: 'build create list ls remove rm update',
  machine: 'cp info init inspect os reset rm set ssh start stop',
  network: 'connect create disconnect inspect reload rm update',
};

/** Why bryo does not have the verb that a command line begins with; null: it is no verb of podman's. */
export function refusalOf([first = '', second = '']: readonly string[]): string | null {
  const known = verbsOf[first]?.split(' ') ?? [second];
  if (second !== '' && !known.includes(second)) return null;
  const verb = [`${first} ${second}`, first].find((words) => Object.hasOwn(reasons, words));
  return verb === undefined ? null : `bryo ${verb} is not supported: ${reasons[verb]}`;
}
