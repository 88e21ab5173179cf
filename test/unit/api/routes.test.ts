// Which route a path leads to, and in which versions.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openApi } from '../../../src/api/openapi.ts';
import { Dispatcher } from '../../../src/api/route/dispatch.ts';
import { mismatches } from '../../../src/api/route/schema.ts';
import { routes } from '../../../src/api/routes.ts';
import { routesPage } from '../../../src/api/routes-page.ts';
import { openApiBench } from '../../support/api.ts';
import { playCaller } from '../../support/fake-engine.ts';
import { projectDir } from '../../support/product.ts';

playCaller();

t.test('paths with names, versions and methods', async (t) => {
  const load = () => Promise.reject(new Error('not asked for'));
  const table = [
    { api: 'docker', method: 'GET', path: '/containers/{container}/json', load },
    { api: 'docker', method: 'GET', path: '/images/{image...}/json', load },
    { api: 'docker', method: 'GET', path: '/images/json', load },
    { api: 'docker', method: 'POST', path: '/new', since: '1.44', load },
    { api: 'libpod', method: 'GET', path: '/images/{image...}/json', load },
  ] as const;
  const dispatcher = new Dispatcher(table);
  const find = (method: string, text: string) => {
    const path = text.split('/').slice(1).map(decodeURIComponent);
    try {
      const { entry, params } = dispatcher.find(method, { path, query: new URLSearchParams() });
      return [entry.api, entry.path, params];
    } catch (error) {
      return (error as { status?: number }).status;
    }
  };
  const [container, image] = ['/containers/{container}/json', '/images/{image...}/json'];
  t.same(find('GET', '/containers/a/json'), ['docker', container, { container: 'a' }]);
  t.same(find('GET', '/v1.41/containers/%2Fa/json'), ['docker', container, { container: 'a' }]);
  t.same(find('GET', '/images/a/b:c/json'), ['docker', image, { image: 'a/b:c' }]);
  t.same(find('GET', '/images/json'), ['docker', '/images/json', {}]);
  t.same(find('GET', '/v5.0.0/libpod/images/a/json'), ['libpod', image, { image: 'a' }]);
  t.same(find('GET', '/libpod/containers/a/json'), 404);
  t.same(find('GET', '/v1.12/libpod/images/a/json'), ['libpod', image, { image: 'a' }]);
  t.same(find('POST', '/v1.44/new'), ['docker', '/new', {}]);
  t.same(find('POST', '/v1.43/new'), 404, 'not there yet');
  t.same(find('GET', '/new'), 405);
  t.same(find('GET', '/v1.23/images/json'), 400);
  t.same(find('GET', '/v2.0/images/json'), 400);
  for (const name of ['..', '%2e%2e', 'a%2Fb', '-a', 'a%20b', '%2F']) {
    t.same(find('GET', `/containers/${name}/json`), 404, name);
  }
  for (const name of ['../a', 'a/../b', 'a//b', '.']) {
    t.same(find('GET', `/images/${name}/json`), 404, name);
  }
});

t.test('no path is there twice', async (t) => {
  const lines = routes.map(({ api, method, path }) => `${api} ${method} ${path}`);
  t.same(lines.length, new Set(lines).size);
});

/** Routes that look at the machine: test/api asks them. */
const ofTheMachine = ['/info', '/system/df', '/images/search'];
/** Queries without which an answer has no end. */
const queries: Readonly<Record<string, string>> = {
  '/events': '?since=1&until=1',
  '/containers/stats': '?stream=false',
  '/images/export': '?references=web',
};

t.test('every route tells what it answers, and answers so', async (t) => {
  const { ask, ok } = openApiBench(t);
  await ok('create --name one -v data:/data -p 8080:80 web');
  const plain = routes.filter(
    ({ method, path }) => method === 'GET' && !path.includes('{') && !ofTheMachine.includes(path),
  );
  for (const { api, path, load } of plain) {
    const { answers, query } = await load();
    const schema = answers[200]?.schema;
    if (schema === undefined) continue;
    const all = queries[path] ?? (query !== undefined && 'all' in query ? '?all=1' : '');
    const reply = await ask('GET', `${api === 'libpod' ? '/libpod' : ''}${path}${all}`);
    const value = reply.body === '' ? null : reply.json;
    const wrong = value === null ? [] : mismatches(schema, value);
    t.same([reply.status, wrong], [200, []], `${api} ${path}`);
  }
});

t.test('docs/openapi.json describes the routes', async (t) => {
  const text = readFileSync(join(projectDir, 'docs', 'openapi.json'), 'utf8');
  t.same(JSON.parse(text), JSON.parse(JSON.stringify(await openApi(routes))), 'npm run docs');
});

t.test('docs/routes.md lists the routes', async (t) => {
  const text = readFileSync(join(projectDir, 'docs', 'routes.md'), 'utf8');
  t.equal(text, await routesPage(routes), 'npm run docs');
});
