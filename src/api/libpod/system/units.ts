import { readRestartPolicy } from '../../../engine/generate/unit-request.ts';
import { unitsOf } from '../../../engine/generate/units.ts';
import { flag, number, text, texts } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { textMap } from '../../route/schema.ts';

/** Null where podman's client leaves systemd's default, as 0. */
const unlessZero = (value: number | null): number | null => (value === 0 ? null : value);

export const route = defineRoute({
  summary: 'Write services of systemd that run a container or a pod',
  query: {
    useName: flag('names of containers and pods instead of ids'),
    new: flag('services make the container anew, and remove it'),
    templateUnitFile: flag('a template with an instance name (%i); is new, too'),
    noHeader: flag('no comment at the top'),
    startTimeout: number('seconds that a start may take; 0: as many as systemd gives', 0),
    stopTimeout: number("seconds that the container has to end; the container's own otherwise", 0),
    time: number('the same', 0),
    restartPolicy: text("when systemd starts it again; the container's own policy otherwise"),
    restartSec: number("seconds that systemd waits before that; 0: systemd's own", 0),
    containerPrefix: text("what a container's service begins with; container otherwise"),
    podPrefix: text("what a pod's service begins with; pod otherwise"),
    separator: text('what is between that and the name; - otherwise'),
    wants: texts('units that are wanted (Wants=)'),
    after: texts('units to start after (After=)'),
    requires: texts('units that are needed (Requires=)'),
    additionalEnvVariables: texts('variables of the service, NAME=VALUE'),
  },
  answers: { 200: { about: 'texts of services by their names', schema: textMap } },
  async handle(request) {
    const { engine, query, createCommands } = request;
    if (createCommands === undefined) throw new Error('nobody reads command lines here');
    const units = await unitsOf(
      {
        engine,
        reader: await createCommands(),
        request: {
          isNew: query.new,
          template: query.templateUnitFile,
          naming: {
            byName: query.useName,
            container: query.containerPrefix ?? 'container',
            pod: query.podPrefix ?? 'pod',
            separator: query.separator ?? '-',
          },
          header: !query.noHeader,
          dependencies: { wants: query.wants, after: query.after, requires: query.requires },
          environment: query.additionalEnvVariables,
          restart: readRestartPolicy('restartPolicy', query.restartPolicy),
          restartSec: unlessZero(query.restartSec),
          startTimeout: unlessZero(query.startTimeout),
          stopTimeout: query.stopTimeout ?? query.time,
        },
      },
      param(request, 'container'),
    );
    return json(Object.fromEntries(units.map(({ name, text: unit }) => [name, unit])));
  },
});
