import { BryoError } from '../../../base/errors.ts';
import { commitContainer } from '../../../engine/containers/commit.ts';
import { readImageConfig } from '../../body/image-config.ts';
import { readBody } from '../../body/read.ts';
import { HttpProblem } from '../../http/problem.ts';
import { flag, text, texts } from '../../route/query.ts';
import { json, jsonLines, type Reply } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, objectOf } from '../../route/schema.ts';
import { readChanges } from '../body/changes.ts';

export const route = defineRoute({
  summary: "Make an image of a container's changes",
  query: {
    container: text('the container'),
    repo: text('its name'),
    tag: text('its tag; latest otherwise'),
    comment: text('a message, with format=docker'),
    author: text('who made it'),
    format: text('oci or docker; oci otherwise'),
    pause: flag('pause the container meanwhile'),
    squash: flag('one layer for all'),
    stream: flag('tell of the progress'),
    changes: texts('instructions of a Containerfile, a line each'),
  },
  body: { about: 'settings in the place of its own', schema: anObject },
  answers: { 200: { about: 'it is made', schema: objectOf({ Id: aText }) } },
  async handle(asked): Promise<Reply> {
    const { engine, query } = asked;
    const { container, repo, comment } = query;
    const format = query.format || 'oci';
    if (format !== 'oci' && format !== 'docker') {
      throw new HttpProblem(500, `unrecognized image format ${JSON.stringify(format)}`);
    }
    if (format === 'oci' && comment) {
      throw new HttpProblem(
        500,
        'messages are only compatible with the docker image format (-f docker)',
      );
    }
    if (!container) throw new HttpProblem(400, 'container: a container is needed');
    const config = readImageConfig(await readBody(asked));
    const request = {
      container,
      name: repo ? `${repo}:${query.tag || 'latest'}` : null,
      author: query.author ?? '',
      message: comment ?? '',
      config,
      changes: readChanges(query.changes),
      squash: query.squash,
      includeVolumes: false,
      format: format as 'oci' | 'docker',
      onProgress: () => undefined,
    };
    const id = await commitContainer(engine, { ...request, pause: query.pause }).catch((error) => {
      // Where nothing can be paused an image can be made all the same.
      if (!(error instanceof BryoError) || error.code !== 'no-cgroups') throw error;
      return commitContainer(engine, { ...request, pause: false });
    });
    if (!query.stream) return json({ Id: id });
    return jsonLines((tell) => tell({ stream: id }));
  },
});
