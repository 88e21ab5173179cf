import { parseSize } from '../../../base/size.ts';
import { usualLog } from '../../../engine/containers/usual-log.ts';
import type { Engine } from '../../../engine/engine.ts';
import { type DownReport, downKube, type Outcome } from '../../../engine/kube/down.ts';
import { type PlayReport, playKube } from '../../../engine/kube/play.ts';
import { awaitPods } from '../../../engine/kube/service.ts';
import { readMac } from '../../../request/attachment.ts';
import type { LogRequest } from '../../../request/log.ts';
import { parseNetworks } from '../../../request/network-words.ts';
import { parsePort } from '../../../request/ports.ts';
import { readPair } from '../../../request/values.ts';
import { Field } from '../../body/field.ts';
import { HttpProblem } from '../../http/problem.ts';
import { document, flag, type QueryValues, text, texts } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import type { ApiRequest } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, listOf, objectOf, orNull } from '../../route/schema.ts';
import { accessQuery, readAccess } from '../images/access.ts';
import { readSent, type SentFile } from './sent.ts';

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

const playQuery = {
  ...accessQuery,
  annotations: document('annotations over those of pods and claims: {"KEY":"VALUE"}'),
  build: text(
    'true: build each image of which a directory was sent, false: none; otherwise those that are not there',
  ),
  logDriver: text('log driver of the containers'),
  logOptions: texts('max-size=SIZE, tag=TEXT'),
  network: texts('networks of the pods'),
  noHostname: flag("leave /etc/hostname to the containers' images"),
  noHosts: flag("leave /etc/hosts to the containers' images"),
  publishAllPorts: flag('publish ports of which only the number in the container is said'),
  publishPorts: texts('ports to publish'),
  replace: flag('remove pods and containers of the same names first'),
  serviceContainer: flag(
    'name a container that ends with the pods, which is told of as ServiceContainerID',
  ),
  start: flag('start the pods', true),
  staticIPs: texts('addresses of the pods in their order'),
  staticMACs: texts('hardware addresses of the pods in their order'),
  userns: text('user namespace of the pods'),
};

type PlayQuery = QueryValues<typeof playQuery>;

/** Plays what was sent. Throws BryoError. */
function playSent(request: ApiRequest<PlayQuery>, sent: SentFile): Promise<PlayReport> {
  const { engine, query } = request;
  const access = readAccess(request, '');
  const networks = query.network;
  const asked = readBuildWord(query.build);
  return playKube(engine, {
    text: sent.text,
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
    readsFiles: false,
    source: {
      ...access,
      platform: null,
      onProgress: () => undefined,
      onWait: () => undefined,
    },
    buildImage: (image) => sent.build(image, { asked, access }),
    replace: query.replace,
    start: query.start,
    commandLine: [],
  });
}

/** Null: nobody has said; true: also images that are there; false: none. */
function readBuildWord(word: string | null): boolean | null {
  if (word === null || word === '') return null;
  if (word === 'true' || word === '1') return true;
  if (word === 'false' || word === '0') return false;
  throw new HttpProblem(400, `build: true or false is needed, not ${JSON.stringify(word)}`);
}

/**
 * The container whose end tells that of the pods, which clients wait for (`kube play --wait`): what holds the namespaces of
 * the only pod. Several pods have none in common: they are waited for first, and any of theirs has ended then.
 */
async function serviceOf({ engine, gone }: ApiRequest, { pods }: PlayReport): Promise<string> {
  const [first] = pods;
  if (pods.length > 1) {
    const leaving = new Promise((resolve) => gone.addEventListener('abort', resolve));
    await Promise.race([awaitPods(engine, pods), leaving]);
  }
  return first?.infraId ?? '';
}

export const play = defineRoute({
  summary: 'Make pods, volumes and secrets of Kubernetes YAML',
  query: playQuery,
  body: {
    about: 'the documents, or a tar archive of play.yaml and directories that images are built of',
    type: 'application/yaml',
  },
  answers: { 200: { about: 'what was made', schema: reportSchema } },
  async handle(request) {
    const { query } = request;
    if (query.serviceContainer && !query.start) {
      throw new HttpProblem(400, 'serviceContainer: it needs pods that are started');
    }
    const sent = await readSent(request);
    try {
      const report = await playSent(request, sent);
      const ServiceContainerID = query.serviceContainer ? await serviceOf(request, report) : '';
      return json({ ...describePlayed(report), ServiceContainerID });
    } finally {
      await sent.close();
    }
  },
});

export const down = defineRoute({
  summary: 'Remove what was made of Kubernetes YAML',
  query: { force: flag('volumes as well') },
  body: { about: 'the documents', type: 'application/yaml' },
  answers: { 200: { about: 'what was removed', schema: reportSchema } },
  async handle(request) {
    const { engine, query } = request;
    const sent = await readSent(request);
    try {
      return json(describeRemoved(await downKube(engine, sent.text, { force: query.force })));
    } finally {
      await sent.close();
    }
  },
});
