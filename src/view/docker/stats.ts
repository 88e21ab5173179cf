import { availableParallelism } from 'node:os';
import type { Sample } from '../../engine/containers/stats.ts';

const nanoseconds = 1000;

/** Processor time as Docker has it; the whole machine's is measured by the clock. */
function processor(sample: Sample | null) {
  const cpus = availableParallelism();
  return {
    cpu_usage: {
      total_usage: (sample?.cpu ?? 0) * nanoseconds,
      usage_in_kernelmode: 0,
      usage_in_usermode: (sample?.cpu ?? 0) * nanoseconds,
    },
    system_cpu_usage: sample === null ? 0 : sample.at * 1_000_000 * cpus,
    online_cpus: cpus,
    throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
  };
}

/** A sample of what a container uses, with the one before, as Docker Engine's API has it (ContainerStatsResponse). */
export function dockerStats(now: Sample, before: Sample | null): Record<string, unknown> {
  const { io } = now;
  const operations = (op: string, value: number) => ({ major: 0, minor: 0, op, value });
  return {
    read: new Date(now.at).toISOString(),
    preread: before === null ? '0001-01-01T00:00:00Z' : new Date(before.at).toISOString(),
    name: `/${now.record.name}`,
    id: now.record.id,
    num_procs: 0,
    pids_stats: now.processes > 0 ? { current: now.processes } : {},
    cpu_stats: processor(now),
    precpu_stats: processor(before),
    memory_stats:
      now.processes > 0 ? { usage: now.memory, limit: now.memoryLimit, stats: { cache: 0 } } : {},
    blkio_stats: {
      io_service_bytes_recursive:
        io === null ? [] : [operations('read', io.read), operations('write', io.written)],
    },
    networks: {
      eth0: {
        rx_bytes: now.network.received,
        rx_packets: 0,
        rx_errors: 0,
        rx_dropped: 0,
        tx_bytes: now.network.sent,
        tx_packets: 0,
        tx_errors: 0,
        tx_dropped: 0,
      },
    },
    storage_stats: {},
  };
}
