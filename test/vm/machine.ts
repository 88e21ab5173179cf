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
}

/** Far more than a boot with KVM takes. */
const bootPatience = 90_000;

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

/** Resolves with whether the machine came up; what it did then is in its output. */
async function bootMachine(
  accelerator: Accelerator,
  image: MachineImage,
  run: MachineRun,
): Promise<boolean> {
  truncateSync(run.output);
  const child = spawn('qemu-system-x86_64', qemuArguments(accelerator, image, run), {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: run.patience,
    killSignal: 'SIGKILL',
  });
  const isUp = (): boolean => textOf(run.output).includes('guest is up');
  // Some nested machines have a KVM that stops at instructions it cannot emulate.
  const watchdog = setTimeout(() => {
    if (accelerator === 'kvm' && !isUp()) child.kill('SIGKILL');
  }, bootPatience);
  const done = follow(run.output);
  await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(watchdog);
  done();
  return isUp();
}

/** Boots the machine, which turns itself off when it has done what the second disk says. */
export async function runMachine(image: MachineImage, run: MachineRun): Promise<void> {
  for (const accelerator of accelerators()) {
    if (await bootMachine(accelerator, image, run)) return;
    process.stderr.write(`the machine does not come up with ${accelerator}\n`);
  }
}
