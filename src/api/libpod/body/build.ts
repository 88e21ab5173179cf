import type { Engine } from '../../../engine/engine.ts';
import { parsePullPolicy } from '../../../engine/images/pull.ts';
import type { BuildRequest, BuildSecret, BuildSourceRequest } from '../../../request/build.ts';
import { readDevice } from '../../../request/devices.ts';
import { readUlimit } from '../../../request/limits.ts';
import { readVolumeFlag } from '../../../request/mounts/volume-flag.ts';
import { readAddHosts, readDns, readResolverWord } from '../../../request/names.ts';
import { readSecurityChoices } from '../../../request/security.ts';
import { readPair } from '../../../request/values.ts';
import { type BuildQuery, readBuild } from '../../body/build.ts';
import { Field } from '../../body/field.ts';
import { readSet } from '../../body/limits.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { QueryValues } from '../../route/query.ts';
import { document, flag, number, text, texts } from '../../route/query.ts';

/** The parameters of `POST /libpod/build` (pkg/api/handlers/compat/images_build.go). */
export const buildQuery = {
  t: texts('names of the image'),
  dockerfile: text('paths in the context: a JSON list, or one'),
  excludes: document('lines of an ignore file, in the place of the context\'s: ["PATTERN"]'),
  remote: text('the address of a context, in the place of the body'),
  target: text('the stage to build'),
  from: text("in the place of the first FROM's image"),
  buildargs: document('variables: {"NAME":"VALUE"}'),
  labels: document('labels: ["KEY=VALUE"]'),
  annotations: document('annotations: ["KEY=VALUE"]'),
  outputformat: text('the type of the manifest'),
  pullpolicy: text('missing, always, never or newer'),
  pull: flag('pull images that are there already'),
  platform: texts('os/architecture[/variant]'),
  layers: flag('one layer per instruction'),
  squash: flag('one layer for all instructions'),
  nocache: flag('take nothing of earlier builds'),
  omithistory: flag('leave out the history'),
  identitylabel: flag('a label tells which builder made it', true),
  timestamp: number('seconds since 1970: of the image and all its files'),
  skipunusedstages: flag('stages that the target does not need are not built', true),
  jobs: number('stages at a time', 0),
  q: flag('tell of no steps'),
  rm: flag('remove containers of RUN, which is always done'),
  forcerm: flag('remove them also after failures, which is always done'),
  setenv: texts('variables of the image: NAME=VALUE'),
  unsetenv: texts('variables that the image loses'),
  unsetlabel: texts('labels that the image loses'),
  manifest: text('a list of manifests that the image is added to'),
  networkmode: text('0: the usual network, 1: none, 2: the usual one'),
  nsoptions: document('namespaces of RUN: [{"Name":…,"Host":…,"Path":…}]'),
  extrahosts: document('names for RUN: ["NAME:ADDRESS"]'),
  dnsservers: document('name servers of RUN'),
  dnssearch: document('search domains of RUN'),
  dnsoptions: document('options of the resolver of RUN'),
  nohosts: flag('/etc/hosts is left alone'),
  httpproxy: flag('variables of proxies are passed on'),
  addcaps: document('capabilities that RUN gets'),
  dropcaps: document('capabilities that RUN loses'),
  devices: document('devices for RUN'),
  ulimits: document('limits for RUN: ["NAME=SOFT:HARD"]'),
  secrets: document('secrets for RUN: ["id=ID,src=PATH IN THE CONTEXT"]'),
  seccomp: text('a filter of system calls for RUN'),
  volume: texts('mounts for RUN: SOURCE:TARGET[:OPTIONS]'),
  groupadd: texts('groups of RUN'),
  memory: number('bytes of memory for RUN'),
  memswap: number('bytes of memory and swap for RUN'),
  cpushares: number('share of the processors for RUN'),
  cpusetcpus: text('processors for RUN'),
  cpusetmems: text('nodes of memory for RUN'),
  cpuperiod: number('microseconds in which processors are shared out'),
  cpuquota: number('microseconds of these for RUN'),
  cgroupparent: text('where control groups of RUN are made'),
  shmsize: number('bytes of /dev/shm for RUN', 0),
  output: text('the first of the names once more'),
  cachefrom: document('places that results are taken from'),
  cacheto: document('places that results go to'),
  allplatforms: flag('for all platforms of the base'),
  additionalbuildcontexts: document('further contexts'),
};

export type LibpodBuildQuery = QueryValues<typeof buildQuery>;

/** The platforms that are asked for; podman's client sends `/` where it means none. */
export function platformsOf({ platform }: Pick<LibpodBuildQuery, 'platform'>): string[] {
  return platform.flatMap((words) => words.split(',')).filter((word) => /[^/]/.test(word));
}

/** Parameters that say something, and cannot be had. */
function refuseUnsupported(query: LibpodBuildQuery): void {
  const asked: [string, unknown][] = [
    ['manifest', query.manifest],
    ['allplatforms', query.allplatforms],
    ['cachefrom', query.cachefrom],
    ['cacheto', query.cacheto],
    ['additionalbuildcontexts', query.additionalbuildcontexts],
    ['platform', platformsOf(query).length > 1],
  ];
  const [first] = asked.filter(([name, value]) => !new Field(value, name).isZero);
  if (first !== undefined) throw new HttpProblem(501, `${first[0]}: not supported by this service`);
}

const pairsOf = (value: unknown, name: string) =>
  new Field(value, name).texts().map((word) => {
    const [key, own] = readPair(word);
    return { key, value: own };
  });

/** A secret in the context. Throws HttpProblem 501 for one elsewhere: no file of the service is read. */
function readSecret(item: Field, context: string): BuildSecret {
  const words = new Map((item.text() ?? '').split(',').map(readPair));
  const [id, path] = [words.get('id'), words.get('src')];
  if (id === undefined || path === undefined) throw item.problem('id=ID,src=PATH is needed', 501);
  if (path.startsWith('/') || path.split('/').includes('..')) {
    throw item.problem('a path in the context is needed');
  }
  return { id, source: { kind: 'file', path: `${context}/${path}` } };
}

/** The build that a query of podman's client asks for; `source` is what was made of the context. */
export function readLibpodBuild(
  engine: Engine,
  query: LibpodBuildQuery,
  source: Pick<BuildSourceRequest, 'context' | 'ignore' | 'ignoreFile'>,
): BuildRequest {
  refuseUnsupported(query);
  const list = (name: 'addcaps' | 'dropcaps' | 'devices' | 'ulimits' | 'extrahosts' | 'secrets') =>
    new Field(query[name], name);
  const words = (name: 'dnsservers' | 'dnssearch' | 'dnsoptions') =>
    new Field(query[name], name).texts();
  const docker: BuildQuery = {
    ...query,
    labels: undefined,
    extrahosts: null,
    networkmode: query.networkmode === '1' ? 'none' : null,
  };
  const build = readBuild(engine, docker, source);
  const { source: own, result, cache, run } = build;
  const named = new Field(query.nsoptions, 'nsoptions').items();
  const onHost = (name: string): boolean =>
    named.some((one) => one.get('Name').text() === name && one.get('Host').flag());
  const pull = new Field(query.pullpolicy || (query.pull ? 'always' : 'missing'), 'pullpolicy');
  const seccomp = query.seccomp ? [`seccomp=${query.seccomp}`] : [];
  return {
    source: { ...own, pull: pull.read(parsePullPolicy), from: query.from || null },
    result: {
      ...result,
      tags: query.t.filter(Boolean),
      layers: query.layers && !query.squash,
      metadata: {
        ...result.metadata,
        format: /docker/.test(query.outputformat ?? '') ? 'docker' : 'oci',
        labels: pairsOf(query.labels, 'labels'),
        annotations: pairsOf(query.annotations, 'annotations'),
        env: pairsOf(query.setenv, 'setenv'),
        unsetEnv: [...query.unsetenv],
        unsetLabels: [...query.unsetlabel],
        omitHistory: query.omithistory,
        identityLabel: query.identitylabel,
      },
      times: { ...result.times, timestamp: query.timestamp },
    },
    cache: { ...cache, jobs: query.jobs ?? 1, skipUnusedStages: query.skipunusedstages },
    run: {
      ...run,
      network: {
        ...run.network,
        network: onHost('network') ? { mode: 'host' } : run.network.network,
        addHosts: list('extrahosts')
          .items()
          .flatMap((item) => item.read(readAddHosts)),
        dns: readDns(words('dnsservers')),
        dnsSearch: words('dnssearch').map((word) => readResolverWord('dnssearch', word)),
        dnsOptions: words('dnsoptions').map((word) => readResolverWord('dnsoptions', word)),
        noHosts: query.nohosts,
        httpProxy: query.httpproxy,
      },
      rights: {
        ...run.rights,
        capAdd: [...run.rights.capAdd, ...list('addcaps').texts()],
        capDrop: [...run.rights.capDrop, ...list('dropcaps').texts()],
        security: { ...run.rights.security, ...readSecurityChoices(seccomp, run.rights.security) },
        pid: onHost('pid') ? 'host' : run.rights.pid,
        ipc: onHost('ipc') ? 'host' : run.rights.ipc,
        uts: onHost('uts') ? 'host' : run.rights.uts,
        groupAdd: [...query.groupadd],
      },
      resources: {
        ...run.resources,
        cpusetMems: readSet(new Field(query.cpusetmems, 'cpusetmems')),
      },
      ulimits: list('ulimits')
        .items()
        .flatMap((item) => item.read(readUlimit)),
      cgroupParent: query.cgroupparent || null,
      volumes: [
        ...run.volumes,
        ...query.volume.map((word) => new Field(word, 'volume').read(readVolumeFlag)),
      ],
      devices: list('devices')
        .items()
        .map((item) => item.read(readDevice)),
      secrets: list('secrets')
        .items()
        .map((item) => readSecret(item, source.context ?? '')),
    },
  };
}
