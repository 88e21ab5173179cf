import { gatherFacts } from '../../engine/system/facts.ts';
import { findServiceSocket } from '../../engine/system/service-socket.ts';
import { dockerInfo, dockerInfoText } from '../../view/docker/info.ts';
import { podmanInfo, withGoNames } from '../../view/podman/info.ts';
import { defineCommand } from '../command.ts';
import { formatOne } from '../format/format-flag.ts';
import { serviceName } from './service-words.ts';

/** JSON's structure without its punctuation, easy to read. */
function outline(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return `${indent}${String(value)}\n`;
  return Object.entries(value)
    .map(([key, item]) => {
      const label = Array.isArray(value) ? '-' : `${key}:`;
      if (typeof item !== 'object' || item === null) return `${indent}${label} ${String(item)}\n`;
      return `${indent}${label}\n${outline(item, `${indent}  `)}`;
    })
    .join('');
}

export const command = defineCommand({
  name: 'info',
  noun: 'system',
  summary: 'Show facts of the machine and the store',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [{ name: 'format', short: 'f', value: 'FORMAT', help: 'json or a Go template' }],
  description: [
    "The fields have podman's names. store.graphDriverReason says why the storage driver was chosen, store.graphDriversRefused what was tried before it and why that cannot be used.",
  ],
  examples: [
    { command: `bryo info --format '{{.store.graphDriverName}}'`, says: 'the storage driver' },
    {
      command: `bryo info --format '{{range .store.graphDriversRefused}}{{println .}}{{end}}'`,
      says: 'which drivers cannot be used, and why',
    },
  ],
  async run(invocation) {
    const { context } = invocation;
    const facts = await gatherFacts(context.engine);
    const format = invocation.text('format');
    if (context.dialect === 'docker') {
      const info = dockerInfo(facts);
      context.stdout.write(
        format === null ? dockerInfoText(info) : formatOne(format, info, context.dialect),
      );
      return 0;
    }
    const info = podmanInfo(facts, findServiceSocket(serviceName(context)));
    context.stdout.write(
      format === null ? outline(info) : formatOne(format, withGoNames(info), context.dialect),
    );
    return 0;
  },
});
