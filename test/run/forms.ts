/**
 * Files of test/cli that run on plain Node as well as on the executable: those about what the JavaScript engines of
 * both do each by themselves, as streams, sockets, terminals, signals, other programs, HTTP and archives. The
 * others are about what both call alike, and plain Node takes three times as long for it. BRYO_TEST_FORM=both
 * has all of them run on both, BRYO_TEST_FORM=exe none.
 */
const onBoth = new Set([
  ...['bridge', 'network', 'given-sockets', 'port-clients'],
  ...['build-contexts', 'commit', 'copy', 'image-scp', 'images', 'manifest', 'save', 'transports'],
  ...['cockpit-client', 'compose', 'docker', 'docker-client', 'podman-remote', 'kube-play'],
  ...['completion-protocol', 'containers-conf', 'install', 'quadlet', 'programs', 'verbs'],
  ...['credentials', 'registry', 'registry-access', 'resumed-pull', 'search', 'secrets'],
  ...['events', 'exec', 'health', 'init', 'journal', 'lifecycle', 'logs', 'one-process'],
  ...['pods', 'restart', 'root-caller', 'run', 'sdnotify', 'signals', 'terminal', 'volumes'],
  ...['service', 'service-attach', 'service-events', 'service-tls', 'service-websocket'],
]);

/** Whether a file of tests, by its name below test/, runs on plain Node, too. */
export function runsOnNode(name: string): boolean {
  const form = process.env['BRYO_TEST_FORM'];
  const [folder, file = ''] = name.split('/');
  if (folder !== 'cli' || form === 'exe') return false;
  return form === 'both' || onBoth.has(file);
}

/** Names of the list without a file among those of test/cli. */
export function lostNames(names: readonly string[]): string[] {
  return [...onBoth].filter((file) => !names.includes(`cli/${file}`));
}
