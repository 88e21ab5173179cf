import { isIP } from '../../base/ip-address.ts';
import { withConfigured } from '../../engine/containers/with-configured.ts';
import type { Engine } from '../../engine/engine.ts';
import type { BuildRequest, BuildSourceRequest } from '../../request/build.ts';
import { defaultContainerOptions } from '../../request/container.ts';
import { readAddHosts } from '../../request/names.ts';
import type { NetworkRequest } from '../../request/network.ts';
import { parseNetwork } from '../../request/network-words.ts';
import { fullName } from '../docker/images/names.ts';
import { Field } from './field.ts';
import { readResources } from './limits.ts';

/** The limits of RUN that `POST /build` asks for. */
export interface BuildLimitsQuery {
  memory: number | null;
  memswap: number | null;
  cpushares: number | null;
  cpusetcpus: string | null;
  cpuperiod: number | null;
  cpuquota: number | null;
  shmsize: number | null;
}

/** The parameters of `POST /build` that say what is built and how, read by their types. */
export interface BuildQuery extends BuildLimitsQuery {
  t: readonly string[];
  target: string | null;
  nocache: boolean;
  pull: boolean;
  squash: boolean;
  buildargs: unknown;
  labels: unknown;
  networkmode: string | null;
  extrahosts: string | null;
}

/** A network of RUN: one's own, the host's, none, or one that is named. */
function readNetwork(mode: string | null): NetworkRequest {
  return new Field(mode, 'networkmode').named(() =>
    parseNetwork(mode === null || mode === '' || mode === 'bridge' ? 'default' : mode),
  );
}

/** Variables with values; null for one takes the service's own, which clients do not know: it is left out. */
function readArguments(value: unknown): Record<string, string> {
  const entries = new Field(value, 'buildargs').entries();
  return Object.fromEntries(
    entries.flatMap(([name, field]) => (field.isAbsent ? [] : [[name, field.text() ?? '']])),
  );
}

function readHosts(text: string | null) {
  const words = (text ?? '').split(',').filter(Boolean);
  return words.flatMap((word) =>
    new Field(word, 'extrahosts').read((one) => readAddHosts(one.replace(/^([^:=]+)=/, '$1:'))),
  );
}

/** The limits of RUN. */
function readLimits(query: BuildLimitsQuery) {
  return readResources(
    new Field({
      Memory: query.memory,
      MemorySwap: query.memswap,
      CpuShares: query.cpushares,
      CpusetCpus: query.cpusetcpus,
      CpuPeriod: query.cpuperiod,
      CpuQuota: query.cpuquota,
    }),
  );
}

/** The build that a query asks for; `source` is what was made of the context. */
export function readBuild(
  engine: Engine,
  query: BuildQuery,
  source: Pick<BuildSourceRequest, 'context' | 'ignore' | 'ignoreFile'>,
): BuildRequest {
  const usual = withConfigured(
    { ...defaultContainerOptions(), network: readNetwork(query.networkmode) },
    engine.config,
    engine.defaultMountsFile ?? null,
  );
  const labels = new Field(query.labels, 'labels').textMap();
  return {
    source: {
      ...source,
      contexts: {},
      pull: query.pull ? 'always' : 'missing',
      target: query.target || null,
      buildArgs: readArguments(query.buildargs),
      from: null,
    },
    result: {
      tags: query.t.filter(Boolean).map(fullName),
      layers: !query.squash,
      squash: query.squash ? 'new' : 'none',
      outputs: [],
      push: false,
      iidFile: null,
      metadataFile: null,
      metadata: {
        format: 'docker',
        labels: Object.entries(labels).map(([key, value]) => ({ key, value })),
        annotations: [],
        env: [],
        unsetEnv: [],
        unsetLabels: [],
        omitHistory: false,
        identityLabel: false,
        osVersion: null,
        osFeatures: [],
        compatVolumes: false,
      },
      times: { timestamp: null, sourceDateEpoch: null, rewriteTimestamp: false },
    },
    cache: {
      noCache: query.nocache,
      noCacheFilter: [],
      cacheFrom: [],
      cacheTo: [],
      ttl: null,
      jobs: 1,
      keepFailed: false,
      skipUnusedStages: true,
    },
    run: {
      network: {
        network: usual.network,
        addHosts: readHosts(query.extrahosts).filter(
          ({ address }) => address === 'host-gateway' || isIP(address) !== 0,
        ),
        dns: [],
        dnsSearch: [],
        dnsOptions: [],
        noHosts: false,
        noHostname: false,
        httpProxy: true,
      },
      rights: {
        capAdd: usual.capAdd,
        capDrop: usual.capDrop,
        security: usual.security,
        userns: usual.userns,
        pid: usual.pid,
        ipc: usual.ipc,
        uts: usual.uts,
        cgroupns: usual.cgroupns,
        groupAdd: [],
      },
      resources: readLimits(query),
      ulimits: [],
      shmSize: query.shmsize || usual.shmSize,
      cgroupParent: null,
      volumes: usual.mounts,
      devices: [],
      secrets: [],
      ssh: [],
      stdin: false,
    },
  };
}
