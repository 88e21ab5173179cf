import { jsonText } from '../../../base/text.ts';
import { defineRoute } from '../../route/route.ts';

export const route = defineRoute({
  summary: 'Describe all routes, in OpenAPI 3.1',
  answers: { 200: { about: 'the description: JSON, which is YAML, too', type: 'text/x-yaml' } },
  async handle({ describe }) {
    const bytes = jsonText(await describe?.(), 2);
    return { kind: 'bytes', status: 200, type: 'text/x-yaml', bytes };
  },
});
