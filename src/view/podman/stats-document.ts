import { cpuPercent, type Sample } from '../../engine/containers/stats.ts';

/** The use of a container as podman's API tells of it (libpod/define, ContainerStats); `before`: an earlier sample. */
export function podmanStats(now: Sample, before: Sample | null): Record<string, unknown> {
  const { average, current } = cpuPercent(now, before);
  const nanoseconds = Math.round(now.cpu * 1000);
  return {
    AvgCPU: average,
    ContainerID: now.record.id,
    Name: now.record.name,
    PerCPU: null,
    CPU: current,
    CPUNano: nanoseconds,
    CPUSystemNano: 0,
    SystemNano: Math.round(now.at * 1e6),
    MemUsage: now.memory,
    MemLimit: now.memoryLimit,
    MemPerc: now.memoryLimit === 0 ? 0 : (now.memory / now.memoryLimit) * 100,
    // The names of both are podman's; those of clients of version 4 come first.
    NetInput: now.network.received,
    NetOutput: now.network.sent,
    Network: {
      eth0: {
        RxBytes: now.network.received,
        RxDropped: 0,
        RxErrors: 0,
        RxPackets: 0,
        TxBytes: now.network.sent,
        TxDropped: 0,
        TxErrors: 0,
        TxPackets: 0,
      },
    },
    BlockInput: now.io?.read ?? 0,
    BlockOutput: now.io?.written ?? 0,
    PIDs: now.processes,
    UpTime: Math.round(now.cpu * 1000),
    Duration: nanoseconds,
  };
}
