import { formatDuration } from '../../base/duration.ts';
import { formatSize } from '../../base/size.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { cpuPercent, type Sample } from '../../engine/containers/stats.ts';

/** The use of a container, as `stats` shows it. */
export interface StatsRow extends Record<string, unknown> {
  ID: string;
  Name: string;
  Pod: string;
  CPUPerc: string;
  MemUsage: string;
  MemPerc: string;
  NetIO: string;
  BlockIO: string;
  PIDS: string;
  CPUTime: string;
  AVGCPU: string;
  bars: string;
}

const size = (bytes: number): string => formatSize(bytes);
const percent = (value: number): string => `${value.toFixed(2)}%`;
const eighths = ' ▏▎▍▌▋▊▉█';
const barWidth = 8;

/** A bar of so many percent, in eighths of a character. */
function bar(share: number): string {
  const filled = Math.round(Math.min(Math.max(share, 0), 100) * 0.01 * barWidth * 8);
  const whole = '█'.repeat(Math.floor(filled / 8));
  const part = filled % 8 === 0 ? '' : eighths.charAt(filled % 8);
  return `${whole}${part}`.padEnd(barWidth, '·');
}

function podId({ options }: ContainerRecord, whole: boolean): string {
  const id = options.pod ?? '';
  return whole ? id : id.slice(0, 12);
}

/** A row of a container; `before`: its sample of the last round. */
export function statsRow(now: Sample, before: Sample | null, whole: boolean): StatsRow {
  const { average, current } = cpuPercent(now, before);
  const memory = now.memoryLimit === 0 ? 0 : (now.memory / now.memoryLimit) * 100;
  return {
    ID: whole ? now.record.id : now.record.id.slice(0, 12),
    ContainerID: now.record.id,
    Name: now.record.name,
    Pod: podId(now.record, whole),
    CID: whole ? now.record.id : now.record.id.slice(0, 12),
    CPUPerc: percent(current),
    CPU: current,
    MemUsage: `${size(now.memory)} / ${size(now.memoryLimit)}`,
    MemUsageBytes: `${now.memory} / ${now.memoryLimit}`,
    MemLimit: now.memoryLimit,
    MemPerc: percent(memory),
    NetIO: `${size(now.network.received)} / ${size(now.network.sent)}`,
    BlockIO: now.io === null ? '-- / --' : `${size(now.io.read)} / ${size(now.io.written)}`,
    PIDS: String(now.processes),
    PIDs: now.processes,
    CPUTime: formatDuration(Math.round(now.cpu / 1000)),
    AVGCPU: percent(average),
    AvgCPU: average,
    BlockInput: now.io?.read ?? 0,
    BlockOutput: now.io?.written ?? 0,
    CPUNano: now.cpu * 1000,
    Duration: now.cpu * 1000,
    NetInput: now.network.received,
    NetOutput: now.network.sent,
    SystemNano: now.at * 1e6,
    Up: formatDuration(Math.round(now.cpu / 1000)),
    UpTime: formatDuration(now.at - now.startedAt),
    Pressure: now.pressure ?? {},
    bars: `${bar(current)} ${bar(memory)}`,
  };
}

/** podman's names in JSON. */
export function statsObject(row: StatsRow) {
  return {
    id: row.ID,
    name: row.Name,
    cpu_time: row.CPUTime,
    cpu_percent: row.CPUPerc,
    avg_cpu: row.AVGCPU,
    mem_usage: row.MemUsage,
    mem_percent: row.MemPerc,
    net_io: row.NetIO,
    block_io: row.BlockIO,
    pids: row.PIDS,
    pressure: row['Pressure'],
  };
}
