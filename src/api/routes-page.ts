import type { RouteEntry } from './route/route.ts';
import { dockerApi, libpodApi } from './route/version.ts';

/** The first word of a path: what the route is about. */
function nounOf({ path }: RouteEntry): string {
  const [, noun = ''] = path.split('/');
  return noun;
}

const cell = (words: string): string => words.replaceAll('|', '\\|');

async function row(entry: RouteEntry): Promise<string> {
  const { summary, query = {} } = await entry.load();
  const prefix = entry.api === 'libpod' ? '/libpod' : '';
  const path = `${prefix}${entry.path.replace('...}', '}')}`;
  const since = entry.since === undefined ? '' : ` (since ${entry.since})`;
  const names = Object.keys(query)
    .map((name) => `\`${name}\``)
    .join(' ');
  return `| ${entry.method} | \`${path}\` | ${cell(summary)}${since} | ${names} |`;
}

async function section(title: string, entries: readonly RouteEntry[]): Promise<string[]> {
  const nouns = [...new Set(entries.map(nounOf))];
  const sorted = nouns.flatMap((noun) => entries.filter((entry) => nounOf(entry) === noun));
  const rows = await Promise.all(sorted.map(row));
  const head = ['| method | path | what it does | parameters |', '|---|---|---|---|'];
  return [`## ${title}`, '', ...head, ...rows, ''];
}

/** The page of all routes, docs/routes.md, as Markdown. */
export async function routesPage(routes: readonly RouteEntry[]): Promise<string> {
  const of = (api: RouteEntry['api']) => routes.filter((entry) => entry.api === api);
  const lines = [
    '# Routes of `bryo system service`',
    '',
    'Written by `npm run docs` from the table that requests are dispatched by; [openapi.json](openapi.json) has the',
    'shapes of bodies and answers. What a route does not name is passed by; what is known and cannot be had is an error',
    'that names the field.',
    '',
    ...(await section(
      `Docker Engine's API, versions ${dockerApi.oldest} to ${dockerApi.newest}`,
      of('docker'),
    )),
    ...(await section(
      `podman's API, versions ${libpodApi.oldest} to ${libpodApi.newest}`,
      of('libpod'),
    )),
  ];
  return lines.join('\n');
}
