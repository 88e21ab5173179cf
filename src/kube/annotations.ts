import { readUlimit, type UlimitRequest } from '../request/limits.ts';
import type { VolumesFrom } from '../request/mounts/types.ts';
import { readVolumesFrom } from '../request/mounts/volume-flag.ts';
import { KubeField } from './field.ts';
import type { PodObject } from './objects.ts';
import { readSeccompWord, type SeccompProfile } from './rights.ts';

const prefix = 'io.podman.annotations';

/** The annotations of a pod that podman heeds (podman-kube-play(1)), those of one container apart from those of all. */
export class PodAnnotations {
  readonly all: Readonly<Record<string, string>>;
  readonly #pod: Readonly<Record<string, string>>;
  readonly #document: string;

  /** `added`: those of `--annotation`, which hold over the file's. */
  constructor(pod: PodObject, added: Readonly<Record<string, string>>) {
    const isPod = pod.kind === 'Pod';
    this.all = isPod ? { ...pod.annotations, ...added } : pod.annotations;
    this.#pod = isPod ? this.all : pod.podAnnotations;
    this.#document = pod.spec.field.document;
  }

  #field(name: string): KubeField {
    const value = Object.hasOwn(this.all, name) ? this.all[name] : undefined;
    return new KubeField(value, `metadata.annotations[${JSON.stringify(name)}]`, this.#document);
  }

  #flag(name: string): boolean {
    const field = this.#field(name);
    const word = field.text();
    if (word === null) return false;
    if (/^(1|t|true)$/i.test(word)) return true;
    if (/^(0|f|false)$/i.test(word)) return false;
    throw field.problem(`${JSON.stringify(word)} is neither true nor false`);
  }

  /** `--userns`, which a pod may say of itself. */
  userns(podName: string): string | null {
    const name = `${prefix}.userns`;
    return this.#field(name).word() ?? this.#field(`${name}/${podName}`).word();
  }

  infraName(): string | null {
    return this.#pod[`${prefix}.infra.name`] || null;
  }

  /** When containers that prepare something run: at each start of the pod, or once. */
  initType(): 'always' | 'once' {
    return this.#field(`${prefix}.init.container.type`).choice(['always', 'once']) ?? 'once';
  }

  ulimits(): UlimitRequest[] {
    const field = this.#field(`${prefix}.ulimit`);
    const words = field.word()?.split(',') ?? [];
    return field.named(() => words.flatMap(readUlimit));
  }

  autoremove(container: string): boolean {
    return this.#flag(`${prefix}.autoremove/${container}`);
  }

  init(container: string): boolean {
    return this.#flag(`${prefix}.init/${container}`);
  }

  label(container: string): string | null {
    return this.#field(`${prefix}.label/${container}`).word();
  }

  /** Images whose volumes a container has, too. */
  imageVolumes(container: string): string[] {
    const word = this.#field(`${prefix}.kube.image.volumes.mount/${container}`).word();
    return word?.split(';').filter(Boolean) ?? [];
  }

  /** Containers whose mounts one takes over; one of the pod, if made before, is meant by its name in it. */
  volumesFrom(
    container: string,
    pod: { name: string; earlier: ReadonlySet<string> },
  ): VolumesFrom[] {
    const internal = this.#field(`${prefix}.volumes-from`);
    if (!internal.isAbsent) throw internal.problem('it needs the name of a container: …/NAME');
    const field = this.#field(`${prefix}.volumes-from/${container}`);
    const words = field.word()?.split(';') ?? [];
    return words.map((word) => {
      const from = field.named(() => readVolumesFrom(word));
      if (from.container === container) {
        throw field.problem('to and from container names cannot be same');
      }
      const own = pod.earlier.has(from.container);
      return own ? { ...from, container: `${pod.name}-${from.container}` } : from;
    });
  }

  /** Labels that automatic updates look for. */
  updateLabels(container: string): Record<string, string> {
    const names = ['io.containers.autoupdate', 'io.containers.autoupdate.authfile'];
    return Object.fromEntries(
      names.flatMap((name) => {
        const value = this.#field(`${name}/${container}`).text() ?? this.#field(name).text();
        return value === null ? [] : [[name, value] as const];
      }),
    );
  }

  /** The filter of system calls by the annotations that Kubernetes had before `seccompProfile`. */
  seccomp(container: string): SeccompProfile | null {
    const domain = 'seccomp.security.alpha.kubernetes.io';
    for (const name of [`container.${domain}/${container}`, `${domain}/pod`]) {
      const value = Object.hasOwn(this.#pod, name) ? this.#pod[name] : undefined;
      const path = `metadata.annotations[${JSON.stringify(name)}]`;
      if (value) return readSeccompWord(new KubeField(value, path, this.#document));
    }
    return null;
  }

  /** Throws BryoError `bad-kube` for what cannot be had. */
  check(containers: readonly string[]): void {
    const name = 'io.containers.sdnotify';
    for (const key of [name, ...containers.map((container) => `${name}/${container}`)]) {
      const field = this.#field(key);
      const mode = field.word();
      if (mode === null || mode === 'ignore') continue;
      throw field.problem(`${mode} is not supported for containers of a pod; ignore is`);
    }
  }
}
