import { spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  truncateSync,
  unwatchFile,
  watchFile,
} from 'node:fs';
import type { MachineImage } from './image.ts';

type Accelerator = 'kvm' | 'tcg';

export interface MachineRun {
  /** The second disk. */
  work: string;
  /** Where the second serial port goes; that of the first has `.console` after its name. */
  output: string;
  /** Milliseconds that all of it may take. */
  patience: number;
  /** Milliseconds until its tests begin; by accelerator when left away. */
  bootPatience?: number;
}

/** What happened to a machine; what it did when it was up is in its output. */
export type MachineEnd = 'off' | 'never up' | 'too slow';

/** Far more than a boot takes: 5 s with KVM; 20 s emulated, or minutes on a machine with other work. */
const bootPatience: Record<Accelerator, number> = { kvm: 90_000, tcg: 400_000 };

const acceleratorFlags: Record<Accelerator, string[]> = {
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
  tcg: ['-accel', 'tcg,thread=multi', '-cpu', 'max,la57=off'],
};

/** KVM where there is some, unless BRYO_VM_KVM=0; emulation when it does not work after all. */
function accelerators(): Accelerator[] {
  if (process.env['BRYO_VM_KVM'] === '0') return ['tcg'];
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return ['kvm', 'tcg'];
  } catch {
    return ['tcg'];
  }
}

function qemuArguments(accelerator: Accelerator, image: MachineImage, run: MachineRun): string[] {
  return [
    ...acceleratorFlags[accelerator],
    ...['-smp', '2', '-m', '2048', '-display', 'none', '-no-reboot', '-monitor', 'none'],
    ...['-nic', 'none', '-kernel', image.kernel, '-initrd', image.initrd],
    ...['-append', 'root=/dev/vda rw console=ttyS0 quiet panic=-1'],
    ...['-drive', `file=${image.disk},format=raw,if=virtio,snapshot=on`],
    ...['-drive', `file=${run.work},format=raw,if=virtio,snapshot=on`],
    ...['-serial', `file:${run.output}.console`, '-serial', `file:${run.output}`],
  ];
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Shows what the machine prints as it comes. */
function follow(path: string): () => void {
  let shown = 0;
  const show = (): void => {
    const text = textOf(path);
    process.stdout.write(text.slice(shown).replaceAll('\r', ''));
    shown = text.length;
  };
  watchFile(path, { interval: 500 }, show);
  return () => {
    unwatchFile(path);
    show();
  };
}

/** Boots the machine and waits until it turns itself off, or for as long as it may take. */
async function bootMachine(
  accelerator: Accelerator,
  image: MachineImage,
  run: MachineRun,
): Promise<MachineEnd> {
  truncateSync(run.output);
  const child = spawn('qemu-system-x86_64', qemuArguments(accelerator, image, run), {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const isUp = (): boolean => textOf(run.output).includes('guest is up');
  let end: MachineEnd = 'off';
  const giveUp = (reason: MachineEnd) => () => {
    if (reason === 'never up' && isUp()) return;
    end = reason;
    child.kill('SIGKILL');
  };
  const timers = [
    setTimeout(giveUp('never up'), run.bootPatience ?? bootPatience[accelerator]),
    setTimeout(giveUp('too slow'), run.patience),
  ];
  const done = follow(run.output);
  await new Promise((resolve) => child.on('close', resolve));
  for (const timer of timers) clearTimeout(timer);
  done();
  return isUp() ? end : 'never up';
}

/**
 * Boots the machine, which turns itself off when it has done what the second disk says. Some nested
 * machines have a KVM that stops at instructions it cannot emulate: then emulation is tried.
 */
export async function runMachine(image: MachineImage, run: MachineRun): Promise<MachineEnd> {
  let end: MachineEnd = 'never up';
  for (const accelerator of accelerators()) {
    end = await bootMachine(accelerator, image, run);
    if (end !== 'never up') return end;
    process.stderr.write(`the machine does not come up with ${accelerator}\n`);
  }
  return end;
}
