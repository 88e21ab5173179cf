import type { Sandbox } from './bryo.ts';

/** Makes `web`, which runs with a bit of everything, and `made`, which has never run. */
export function makeLookedAt(sandbox: Sandbox): void {
  sandbox.ok(
    'run',
    '-d',
    '--name',
    'web',
    '--network',
    'none',
    '--label',
    'a=b',
    '-v',
    'data:/data:ro',
    '-e',
    'X=1',
    '--user',
    '5',
    '--stop-signal',
    'INT',
    '--restart',
    'on-failure:3',
    '--tmpfs',
    '/t',
    'hello',
    'sleep',
    '1000',
  );
  sandbox.ok(
    'create',
    '--name',
    'made',
    '-p',
    '127.0.0.1:8080:80',
    'hello',
    'echo',
    'a b',
    'c'.repeat(20),
  );
}

/** Removes what they have left. */
export function removeLookedAt(sandbox: Sandbox): void {
  sandbox.run(['rm', '-f', '-t', '0', 'web']);
  sandbox.run(['volume', 'rm', '-f', 'data']);
}
