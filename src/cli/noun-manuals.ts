import type { Noun } from './command.ts';

/** A noun in help and man pages. */
export interface NounManual {
  /** Heading of its commands in `bryo --help`; nouns of one heading are shown together. */
  title: string;
  summary: string;
}

/** In the order of `bryo --help`. */
export const nounManuals: Readonly<Record<Noun, NounManual>> = {
  container: { title: 'Containers', summary: 'Run containers and look after them' },
  healthcheck: { title: 'Containers', summary: 'Check the health of containers' },
  pod: { title: 'Pods', summary: 'Containers that share namespaces, most of all a network' },
  image: { title: 'Images', summary: 'Get, make, show and hand on images' },
  manifest: { title: 'Images', summary: 'Lists of images, one for each kind of processor' },
  buildx: { title: 'Images', summary: 'Build images under the names that docker has for it' },
  volume: { title: 'Volumes', summary: 'Directories that outlast containers' },
  network: { title: 'Networks', summary: 'Networks of containers' },
  secret: { title: 'Secrets', summary: 'Values that containers get as files or variables' },
  kube: { title: 'Kubernetes YAML', summary: 'Run Kubernetes YAML, and write it' },
  play: { title: 'Kubernetes YAML', summary: 'Run Kubernetes YAML, in its old spelling' },
  quadlet: { title: 'Services of systemd', summary: 'Containers as units of systemd' },
  generate: {
    title: 'Services of systemd',
    summary: 'Print services of systemd for what is there',
  },
  system: {
    title: 'System',
    summary: 'Look after the store, the machine and the service of the API',
  },
  machine: { title: 'System', summary: 'Virtual machines, which bryo needs none of' },
  context: { title: 'System', summary: 'Services that commands can be sent to' },
};

/** The nouns by heading, both in the order of `bryo --help`. */
export function nounsByTitle(): Map<string, Noun[]> {
  const titles = new Map<string, Noun[]>();
  for (const [noun, { title }] of Object.entries(nounManuals) as [Noun, NounManual][]) {
    titles.set(title, [...(titles.get(title) ?? []), noun]);
  }
  return titles;
}
