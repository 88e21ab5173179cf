import t from 'tap';
import {
  changeHealth,
  changesHealth,
  type HealthChanges,
} from '../../../src/container/change-health.ts';
import { decideHealth } from '../../../src/container/health.ts';
import { noHealthRequest } from '../../../src/request/health.ts';

function changes(parts: Partial<HealthChanges>): HealthChanges {
  return { disabled: false, regular: {}, startup: {}, onFailure: null, log: {}, ...parts };
}

const old = decideHealth({ ...noHealthRequest(), test: ['CMD', 'true'], retries: 7 }, null);

t.test('what is said takes the place of what was', (t) => {
  t.equal(changesHealth(changes({})), false);
  const next = changes({ regular: { interval: 5000 }, onFailure: 'kill', log: { count: 9 } });
  t.equal(changesHealth(next), true);
  t.match(changeHealth(old, next), {
    test: ['CMD', 'true'],
    interval: 5000,
    retries: 7,
    onFailure: 'kill',
    startup: null,
    log: { destination: 'local', count: 9, size: 500 },
  });
  t.end();
});

t.test('a container that had no check gets one', (t) => {
  const test = ['CMD-SHELL', 'ls'];
  const next = changes({ regular: { test }, startup: { test, retries: 2 } });
  t.match(changeHealth(null, next), {
    test,
    interval: 30_000,
    retries: 3,
    startup: { test, interval: 30_000, retries: 2, successes: 0 },
  });
  t.end();
});

t.test('settings need a command', (t) => {
  t.throws(() => changeHealth(null, changes({ regular: { retries: 2 } })), {
    message: 'healthcheck command is not set',
  });
  for (const health of [old, null]) {
    t.throws(() => changeHealth(health, changes({ startup: { retries: 2 } })), {
      message: 'startup healthcheck command is not set',
    });
  }
  t.end();
});

t.test('checks end', (t) => {
  t.equal(changeHealth(old, changes({ disabled: true })), null);
  t.equal(changeHealth(old, changes({ regular: { test: ['NONE'] } })), null);
  t.end();
});
