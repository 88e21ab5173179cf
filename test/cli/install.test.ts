/** What install.sh puts where, as root, with the tools of a machine that it must not really change. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { projectDir } from '../support/product.ts';

const onlyRoot = process.getuid?.() === 0 ? {} : { skip: 'only root installs for all' };

/** A checkout with the built parts, and programs that do nothing but note how they are called. */
function makeCheckout(directory: string): string {
  const checkout = join(directory, 'checkout');
  mkdirSync(join(checkout, 'node_modules'), { recursive: true });
  mkdirSync(join(checkout, 'src', 'systemd'), { recursive: true });
  for (const name of ['install.sh', 'package.json', 'package-lock.json']) {
    cpSync(join(projectDir, name), join(checkout, name));
  }
  cpSync(join(projectDir, 'package-lock.json'), join(checkout, 'node_modules', '.bryo-lock'));
  for (const name of ['dist', 'man', 'src/systemd/units']) {
    symlinkSync(join(projectDir, name), join(checkout, name));
  }
  const programs = join(directory, 'bin');
  mkdirSync(programs);
  const note = '#!/bin/sh\necho "$(basename "$0") $*" >>"$NOTES"\n';
  for (const name of ['npm', 'apt-get', 'apparmor_parser', 'aa-enabled']) {
    writeFileSync(join(programs, name), note, { mode: 0o755 });
  }
  return checkout;
}

t.test('the profile of AppArmor comes and goes with the programs', onlyRoot, async (t) => {
  const directory = mkdtempSync('/var/tmp/bryo-install-');
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const checkout = makeCheckout(directory);
  const notes = join(directory, 'notes');
  const prefix = join(directory, 'prefix');
  const run = (...lines: string[]) => {
    // /etc is the machine's, and what is written there is gone with the namespace.
    const own = [
      'mkdir "$0/layers" && mount -t tmpfs tmpfs "$0/layers" && mkdir "$0/layers/upper" "$0/layers/work"',
      'mount -t overlay -o "lowerdir=/etc,upperdir=$0/layers/upper,workdir=$0/layers/work" overlay /etc',
    ];
    const env = {
      PATH: `${join(directory, 'bin')}:${process.env['PATH']}`,
      NOTES: notes,
      HOME: '/root',
    };
    const script = [...own, ...lines].join('\n');
    writeFileSync(notes, '');
    rmSync(join(directory, 'layers'), { recursive: true, force: true });
    return spawnSync('unshare', ['-m', 'sh', '-ec', script, directory], { encoding: 'utf8', env });
  };
  const install = `${checkout}/install.sh --prefix ${prefix}`;
  const know = 'mkdir -p /etc/apparmor.d/abi; : >/etc/apparmor.d/abi/4.0';
  const first = run(
    know,
    `${install} >/dev/null`,
    'cat /etc/apparmor.d/bryo',
    'cat "$NOTES" >&2',
    `${install} --uninstall >/dev/null`,
    'if [ -e /etc/apparmor.d/bryo ]; then echo left; fi; cat "$NOTES" >&2',
  );
  const programs = `${prefix}/libexec/bryo/{bryo,bryo-js,bryo-launcher,bryo-worker}`;
  t.equal(
    first.stdout,
    `abi <abi/4.0>,\ninclude <tunables/global>\n\nprofile bryo "${programs}" flags=(unconfined) {\n  userns,\n\n  include if exists <local/bryo>\n}\n`,
    first.stderr,
  );
  t.match(first.stderr, /^apparmor_parser --replace \/etc\/apparmor\.d\/bryo$/m);
  t.match(first.stderr, /^apparmor_parser --remove \/etc\/apparmor\.d\/bryo$/m);
  const older = run(
    'rm -rf /etc/apparmor.d',
    `${install} >/dev/null`,
    'if [ -e /etc/apparmor.d ]; then echo made; fi; cat "$NOTES"',
    `${install} --uninstall >/dev/null`,
  );
  t.equal(older.status, 0, older.stderr);
  t.notMatch(older.stdout, /apparmor_parser|made/, 'an AppArmor that knows no such profiles');
});

t.test('sockets for clients of docker and podman are installed on request', onlyRoot, async (t) => {
  const directory = mkdtempSync('/var/tmp/bryo-install-');
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const checkout = makeCheckout(directory);
  const env = {
    PATH: `${join(directory, 'bin')}:${process.env['PATH']}`,
    NOTES: join(directory, 'notes'),
    HOME: '/root',
  };
  const installed = (...flags: string[]): string[] => {
    const prefix = join(directory, 'prefix');
    const words = ['--prefix', prefix, ...flags];
    const made = spawnSync(join(checkout, 'install.sh'), words, { encoding: 'utf8', env });
    if (made.status !== 0) throw new Error(made.stderr);
    const units = join(prefix, 'lib', 'systemd', 'user');
    const found = readdirSync(units).filter((name) => name.endsWith('.socket'));
    const wanted = join(units, 'sockets.target.wants');
    const started = existsSync(wanted) ? readdirSync(wanted) : [];
    rmSync(prefix, { recursive: true });
    return [...found.sort(), ...started.sort().map((name) => `wanted ${name}`)];
  };
  t.same(installed(), ['bryo.socket']);
  t.same(installed('--podman-socket'), ['bryo.socket', 'podman.socket', 'wanted podman.socket']);
  t.same(installed('--docker-socket', '--podman-socket'), [
    ...['bryo-docker.socket', 'bryo.socket', 'podman.socket'],
    ...['wanted bryo-docker.socket', 'wanted podman.socket'],
  ]);
});
