import type { Reply } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';

/** Clients choose the builder by it: 1 is the one that takes its context with the request. */
const headers = {
  'Builder-Version': '1',
  Swarm: 'inactive',
  'Cache-Control': 'no-cache, no-store, must-revalidate',
  Pragma: 'no-cache',
};

export const route = defineRoute({
  summary: 'Tell that the service is there, and which versions of the API it has',
  answers: { 200: { about: 'the word OK', type: 'text/plain' } },
  async handle(): Promise<Reply> {
    const type = 'text/plain; charset=utf-8';
    return { kind: 'bytes', status: 200, type, bytes: 'OK', headers };
  },
});
