import type { PodChoices } from '../../kube/pod-request.ts';
import type { LogRequest } from '../../request/log.ts';
import type { PullRequest } from '../images/pull-request.ts';

/** How images of the pods are had. */
export interface PlayImages {
  /** Where and how images are looked for. */
  source: Omit<PullRequest, 'name'>;
  /** Builds an image if there is what it can be built of; false: it is to be pulled. */
  buildImage(name: string): Promise<boolean>;
}

/** A file of Kubernetes YAML with all that is asked for beside it. */
export interface PlayRequest extends PlayImages {
  /** The text of the file. */
  text: string;
  /** Texts of further files with ConfigMaps, by their names. */
  configMaps: readonly { name: string; text: string }[];
  choices: PodChoices;
  /** Addresses for the pods in their order, one each. */
  addresses: { ips: readonly string[]; macs: readonly string[] };
  /** Annotations that hold over those of pods and claims. */
  annotations: Readonly<Record<string, string>>;
  log: LogRequest;
  seccompRoot: string;
  /** The unit of the service manager that this is for, which containers are labelled with; null: none. */
  unit: string | null;
  /** Whether files of this machine may be read for whoever asks: archives that volumes are filled with. */
  readsFiles: boolean;
  /** Pods and containers of the same names go first. */
  replace: boolean;
  start: boolean;
  /** The command line, for inspection. */
  commandLine: readonly string[];
}
