import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, watchFile, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requirePrograms } from '../support/requirements.ts';
import { type MachineImage, machineImage, workDisk } from './image.ts';

/** A whole round takes a minute or two; a machine that hangs must not hold up everything. */
const patience = 20 * 60_000;

/** KVM where it really works: some nested ones stop at instructions they cannot emulate. */
function accelerator(): string[] {
  return process.env['BRYO_VM_KVM'] === '1'
    ? ['-accel', 'kvm', '-cpu', 'host']
    : ['-accel', 'tcg,thread=multi', '-cpu', 'max,la57=off'];
}

function qemuArguments(image: MachineImage, work: string, output: string): string[] {
  return [
    ...accelerator(),
    ...['-smp', '2', '-m', '2048', '-display', 'none', '-no-reboot', '-monitor', 'none'],
    ...['-nic', 'none', '-kernel', image.kernel, '-initrd', image.initrd],
    ...['-append', 'root=/dev/vda rw console=ttyS0 quiet panic=-1'],
    ...['-drive', `file=${image.disk},format=raw,if=virtio,snapshot=on`],
    ...['-drive', `file=${work},format=raw,if=virtio,snapshot=on`],
    ...['-serial', `file:${output}.console`, '-serial', `file:${output}`],
  ];
}

/** Shows what the machine prints as it comes. */
function follow(path: string): () => void {
  let shown = 0;
  const show = (): void => {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    process.stdout.write(text.slice(shown).replaceAll('\r', ''));
    shown = text.length;
  };
  const watcher = watchFile(path, { interval: 500 }, show);
  return () => {
    watcher.unref();
    show();
  };
}

async function runMachine(image: MachineImage, work: string, output: string): Promise<void> {
  const child = spawn('qemu-system-x86_64', qemuArguments(image, work, output), {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: patience,
    killSignal: 'SIGKILL',
  });
  const done = follow(output);
  await new Promise((resolve) => child.on('close', resolve));
  done();
}

/**
 * `npm run vm [-- --release NAME] [FILTER…]`: boots a stock Debian with systemd, installs the built
 * product there and runs the tests `*.guest.ts` as an ordinary user; with a filter those of the
 * whole suite that fit.
 */
async function main(argv: readonly string[]): Promise<number> {
  requirePrograms('qemu-system-x86_64', 'mmdebstrap', 'mke2fs', 'chroot');
  const [flag, named, ...rest] = argv;
  const release = flag === '--release' ? (named ?? '') : 'bookworm';
  const filters = flag === '--release' ? rest : argv;
  const image = machineImage(release);
  const directory = mkdtempSync('/var/tmp/bryo-vm-');
  try {
    const output = join(directory, 'output');
    writeFileSync(output, '');
    await runMachine(image, workDisk(directory, filters), output);
    if (/^guest ended with status 0$/m.test(readFileSync(output, 'utf8').replaceAll('\r', ''))) {
      return 0;
    }
    process.stdout.write(readFileSync(`${output}.console`, 'utf8').slice(-4000));
    return 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

process.exit(await main(process.argv.slice(2)));
