import { BryoError } from '../../../base/errors.ts';
import { parseSize } from '../../../base/size.ts';
import { usualLog } from '../../../engine/containers/usual-log.ts';
import type { Engine } from '../../../engine/engine.ts';
import { type DownReport, downKube, type Outcome } from '../../../engine/kube/down.ts';
import { type PlayReport, playKube } from '../../../engine/kube/play.ts';
import { decodeKube } from '../../../kube/documents.ts';
import { readMac } from '../../../request/attachment.ts';
import type { LogRequest } from '../../../request/log.ts';
import { parseNetworks } from '../../../request/network-words.ts';
import { parsePort } from '../../../request/ports.ts';
import { readPair } from '../../../request/values.ts';
import { Field } from '../../body/field.ts';
import { HttpProblem } from '../../http/problem.ts';
import { document, flag, text, texts } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import type { ApiRequest } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, listOf, objectOf, orNull } from '../../route/schema.ts';
import { accessQuery, readAccess } from '../images/access.ts';

/** Bytes of a body of Kubernetes YAML. */
const sizeLimit = 4 * 1024 * 1024;

const reportSchema = objectOf({
  Pods: orNull(listOf(anObject)),
  Volumes: orNull(listOf(objectOf({ Name: aText }))),
  Secrets: orNull(listOf(anObject)),
  StopReport: orNull(listOf(anObject)),
  RmReport: orNull(listOf(anObject)),
  VolumeRmReport: orNull(listOf(anObject)),
  SecretRmReport: orNull(listOf(anObject)),
});

const nothing = {
  Pods: null,
  Volumes: null,
  StopReport: null,
  RmReport: null,
  VolumeRmReport: null,
  SecretRmReport: null,
  Secrets: null,
  ServiceContainerID: '',
  ExitCode: null,
};

function unlessEmpty<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}

/** The report of what was made, as podman's (entities.PlayKubeReport). */
function describePlayed({ pods, volumes, secrets }: PlayReport) {
  return {
    ...nothing,
    Pods: unlessEmpty(
      pods.map(({ id, containers, initContainers, errors }) => ({
        ID: id,
        Containers: unlessEmpty(containers),
        InitContainers: unlessEmpty(initContainers),
        Logs: null,
        ContainerErrors: unlessEmpty(errors),
      })),
    ),
    Volumes: unlessEmpty(volumes.map((Name) => ({ Name }))),
    Secrets: unlessEmpty(secrets.map((ID) => ({ CreateReport: { ID } }))),
  };
}

function describeRemoved({ stopped, removed, secrets, volumes }: DownReport) {
  // The answer is an error as soon as one thing stays: clients cannot read one within a report.
  const done = (outcomes: readonly Outcome[]): string[] =>
    outcomes.map((outcome) => {
      if ('error' in outcome) throw outcome.error;
      return outcome.done;
    });
  return {
    ...nothing,
    StopReport: done(stopped).map((Id) => ({ Errs: [], Id, RawInput: '' })),
    RmReport: done(removed).map((Id) => ({ RemovedCtrs: {}, Err: null, Id })),
    VolumeRmReport: done(volumes).map((Id) => ({ Err: null, Id })),
    SecretRmReport: done(secrets).map((ID) => ({ Err: null, ID })),
  };
}

async function readText({ headers, body }: ApiRequest): Promise<string> {
  if (headers.get('content-type')?.startsWith('application/x-tar')) {
    throw new HttpProblem(
      501,
      'archives with contexts of builds are not taken: build images first',
    );
  }
  return decodeKube(await body.bytes(sizeLimit));
}

function readLog(engine: Engine, driver: string | null, options: readonly string[]): LogRequest {
  const log = usualLog(
    engine,
    driver || null,
    (why) => new HttpProblem(400, `logDriver: invalid log driver: ${why}`),
  );
  for (const [key, value] of options.map(readPair)) {
    if (key === 'max-size') log.maxSize = parseSize(value, 1000);
    else if (key === 'tag') log.tag = log.driver === 'journald' ? value : null;
    else throw new HttpProblem(501, `logOptions: ${key} is not supported`);
  }
  return log;
}

/** Files of the service's machine are not to be read for a client. */
function checkAnnotations(source: string): void {
  if (!source.includes('volume.podman.io/import-source')) return;
  throw new BryoError('unsupported', 'importing volumes is not supported for remote requests');
}

export const play = defineRoute({
  summary: 'Make pods, volumes and secrets of Kubernetes YAML',
  query: {
    ...accessQuery,
    annotations: document('annotations over those of pods and claims: {"KEY":"VALUE"}'),
    build: flag('is refused: images are built by requests of their own'),
    logDriver: text('log driver of the containers'),
    logOptions: texts('max-size=SIZE, tag=TEXT'),
    network: texts('networks of the pods'),
    noHostname: flag("leave /etc/hostname to the containers' images"),
    noHosts: flag("leave /etc/hosts to the containers' images"),
    publishAllPorts: flag('publish ports of which only the number in the container is said'),
    publishPorts: texts('ports to publish'),
    replace: flag('remove pods and containers of the same names first'),
    serviceContainer: flag('is refused: no container stands for the service'),
    start: flag('start the pods', true),
    staticIPs: texts('addresses of the pods in their order'),
    staticMACs: texts('hardware addresses of the pods in their order'),
    userns: text('user namespace of the pods'),
  },
  body: { about: 'the documents', type: 'application/yaml' },
  answers: { 200: { about: 'what was made', schema: reportSchema } },
  async handle(request) {
    const { engine, query } = request;
    if (query.build) throw new HttpProblem(501, 'build: images are built by /build');
    if (query.serviceContainer) {
      throw new HttpProblem(501, 'serviceContainer: bryo kube play waits on the command line only');
    }
    const source = await readText(request);
    checkAnnotations(source);
    const networks = query.network;
    const report = await playKube(engine, {
      text: source,
      configMaps: [],
      choices: {
        network: networks.length === 0 ? null : parseNetworks(networks),
        noHosts: query.noHosts,
        noHostname: query.noHostname,
        ports: query.publishPorts.map(parsePort),
        publishAll: query.publishAllPorts,
        userns: query.userns || null,
      },
      addresses: { ips: query.staticIPs, macs: query.staticMACs.map(readMac) },
      annotations: new Field(query.annotations, 'annotations').textMap(),
      log: readLog(engine, query.logDriver, query.logOptions),
      seccompRoot: '/var/lib/kubelet/seccomp',
      unit: null,
      source: {
        ...readAccess(request, ''),
        platform: null,
        onProgress: () => undefined,
        onWait: () => undefined,
      },
      buildImage: async () => false,
      replace: query.replace,
      start: query.start,
      commandLine: [],
    });
    return json(describePlayed(report));
  },
});

export const down = defineRoute({
  summary: 'Remove what was made of Kubernetes YAML',
  query: { force: flag('volumes as well') },
  body: { about: 'the documents', type: 'application/yaml' },
  answers: { 200: { about: 'what was removed', schema: reportSchema } },
  async handle(request) {
    const { engine, query } = request;
    const report = await downKube(engine, await readText(request), { force: query.force });
    return json(describeRemoved(report));
  },
});
