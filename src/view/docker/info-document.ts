import type { SystemFacts } from '../../engine/system/facts.ts';
import { dockerInfo } from './info.ts';

/** The machine and the store as Docker Engine's API tells of them. */
export function dockerInfoDocument(facts: SystemFacts) {
  const { ClientInfo: _, ...shown } = dockerInfo(facts);
  const { controllers } = facts.cgroups;
  const has = (name: string): boolean => controllers.includes(name);
  return {
    ...shown,
    ID: facts.host.hostname,
    DriverStatus: [['Backing Filesystem', '']],
    Plugins: { Volume: ['local'], Network: ['bridge', 'macvlan'], Authorization: null, Log: logs },
    MemoryLimit: has('memory'),
    SwapLimit: has('memory'),
    CpuCfsPeriod: has('cpu'),
    CpuCfsQuota: has('cpu'),
    CPUShares: has('cpu'),
    CPUSet: has('cpuset'),
    PidsLimit: has('pids'),
    OomKillDisable: false,
    IPv4Forwarding: true,
    BridgeNfIptables: false,
    BridgeNfIp6tables: false,
    Debug: false,
    NFd: 0,
    NGoroutines: 0,
    SystemTime: new Date().toISOString(),
    NEventsListener: 0,
    OSVersion: facts.host.distribution.version,
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: {
      IndexConfigs: {},
      InsecureRegistryCIDRs: [],
      AllowNondistributableArtifactsCIDRs: [],
      AllowNondistributableArtifactsHostnames: [],
      Mirrors: [],
    },
    GenericResources: null,
    HttpProxy: '',
    HttpsProxy: '',
    NoProxy: '',
    Labels: [],
    ExperimentalBuild: false,
    LiveRestoreEnabled: false,
    Isolation: '',
    InitBinary: 'bryo-init',
    ContainerdCommit: { ID: '' },
    RuncCommit: { ID: '' },
    InitCommit: { ID: '' },
    ProductLicense: 'Apache-2.0',
    Warnings: null,
  };
}

const logs = ['k8s-file', 'json-file', 'journald', 'none'];
