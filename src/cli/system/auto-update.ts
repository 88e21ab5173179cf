import { exitCodes } from '../../base/errors.ts';
import { systemdRestarter } from '../../engine/system/auto-update/restart.ts';
import { autoUpdate, type UpdateReport } from '../../engine/system/auto-update/update.ts';
import { defineCommand } from '../command.ts';
import { formatList } from '../format/list.ts';
import type { Column } from '../format/table.ts';
import { pullReporter } from '../image/pull-progress.ts';
import { authFileOption, readAuthFile, tlsVerifyOption } from '../options/registry.ts';
import { formatOption } from '../options/shared.ts';

type Row = Record<string, string>;

const columns: readonly Column<Row>[] = [
  { title: 'UNIT', cell: (row) => row['Unit'] ?? '' },
  { title: 'CONTAINER', cell: (row) => row['Container'] ?? '' },
  { title: 'IMAGE', cell: (row) => row['Image'] ?? '' },
  { title: 'POLICY', cell: (row) => row['Policy'] ?? '' },
  { title: 'UPDATED', cell: (row) => row['Updated'] ?? '' },
];

function row(report: UpdateReport): Row {
  const { unit, containerId, containerName, image, policy, updated } = report;
  return {
    Unit: unit,
    Container: `${containerId.slice(0, 12)} (${containerName})`,
    ContainerName: containerName,
    ContainerID: containerId,
    Image: image,
    Policy: policy,
    Updated: updated,
  };
}

export const command = defineCommand({
  name: 'auto-update',
  noun: 'system',
  summary: 'Restart containers of systemd units with newer images',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    authFileOption,
    {
      name: 'dry-run',
      help: 'say what would be done: "pending" is what there is a newer image for',
    },
    formatOption,
    {
      name: 'rollback',
      on: true,
      help: 'go back to the old image when a unit does not come up with the new one',
    },
    tlsVerifyOption,
  ],
  description: [
    'Looks at all running containers with the label io.containers.autoupdate (AutoUpdate= in a unit file, see bryo-systemd.unit(5)): with the value registry it asks the registry whether the name of the image, which must be a whole one, stands for another image now, and fetches it; with local it looks whether another image has that name in the store. The units of containers with a newer image are restarted.',
    'A unit has not come up when systemd says so, as with Notify=healthy or Notify=true, or when the new container’s health check fails. Then the old image gets its name back and the unit is restarted with it: the table says so, and the status stays 0. A container’s label io.containers.autoupdate.authfile names a file with credentials of its own. Of a container in a pod the unit of the pod is restarted.',
    'bryo-auto-update.timer runs this once a day: systemctl --user enable --now bryo-auto-update.timer.',
  ],
  examples: [{ command: 'bryo auto-update --dry-run', says: 'what is out of date' }],
  async run(invocation) {
    const { context } = invocation;
    const reporter = pullReporter(context, false);
    const { reports, problems } = await autoUpdate(context.engine, {
      onProgress: reporter.report,
      dryRun: invocation.flag('dry-run'),
      rollback: invocation.flag('rollback'),
      authFile: readAuthFile(invocation),
      tlsVerify: invocation.flag('tls-verify'),
      restarter: systemdRestarter(context.engine),
    });
    reporter.finish();
    const rows = reports.map(row);
    const format = invocation.text('format');
    if (format !== null || rows.length > 0) {
      context.stdout.write(await formatList(format, columns, rows, { dialect: context.dialect }));
    }
    for (const problem of problems) context.stderr.write(`Error: ${problem}\n`);
    return problems.length === 0 ? 0 : exitCodes.engine;
  },
});
